using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Jiceng.Domain;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Schemes.Domain;

internal enum SchemeState
{
    Draft = 1,
    Published = 2,
}

internal enum TieBreak
{
    FewerDeductions = 1,
    MoreAwards = 2,
}

/// <summary>One version of a scheme (积分办法). Published, it never changes.</summary>
internal sealed record Scheme
{
    public required Guid Id { get; init; }

    public required int Version { get; init; }

    public required SchemeState State { get; init; }

    public required string Name { get; init; }

    public required SubjectKind SubjectKind { get; init; }

    public required PeriodKind PeriodKind { get; init; }

    public required PlaceCode Place { get; init; }

    public required SchemeTerms Terms { get; init; }

    public DateOnly? EffectiveDate { get; init; }

    public required DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset? PublishTime { get; init; }

    public required long Revision { get; init; }

    /// <summary>Where the subject is scored on that day: its first membership that the scheme covers, or null.</summary>
    public Membership? Scores(IEnumerable<Membership> memberships, DateOnly day) => memberships
        .Where(membership => membership.On(day) && Place.Contains(membership.Place) && Terms.Groups.Contains(membership.Group))
        .MinBy(membership => membership.Place);

    /// <summary>The versions in force on that day: of each scheme the published one that took effect last.</summary>
    public static IEnumerable<Scheme> InForce(IEnumerable<Scheme> versions, DateOnly day) => versions
        .Where(version => version.State == SchemeState.Published && version.EffectiveDate <= day)
        .GroupBy(version => version.Id)
        .Select(scheme => scheme.MaxBy(version => version.Version)!);

    /// <summary>The version that a period is ranked by: in force on its last day, or today while it runs.</summary>
    /// <returns>The version and that day; null when none was in force, or the period has not begun.</returns>
    public static (Scheme Scheme, DateOnly Until)? Of(IEnumerable<Scheme> versions, Period period, DateOnly today)
    {
        var until = period.Last < today ? period.Last : today;
        return until >= period.First && InForce(versions, until).SingleOrDefault() is { } scheme ? (scheme, until) : null;
    }
}

/// <summary>What can be edited in a draft.</summary>
/// <param name="Groups">Groups that it scores.</param>
/// <param name="BasePoints">Points everyone starts with (基础分).</param>
/// <param name="Rules">What gives points.</param>
/// <param name="Caps">Limits on rules together.</param>
/// <param name="TieBreaks">What decides between equal points, the most important first.</param>
internal sealed record SchemeTerms(
    ImmutableArray<string> Groups,
    decimal BasePoints,
    ImmutableArray<Rule> Rules,
    ImmutableArray<Cap> Caps,
    ImmutableArray<TieBreak> TieBreaks);

/// <summary>When, who, how much, at most.</summary>
internal sealed record Rule
{
    /// <summary>Key in the scheme.</summary>
    public required string Key { get; init; }

    /// <summary>Title in Chinese.</summary>
    public required string Title { get; init; }

    /// <summary>Title in English.</summary>
    public required string TitleEn { get; init; }

    /// <summary>Event that it applies to.</summary>
    public required string EventType { get; init; }

    /// <summary>All have to hold.</summary>
    public required ImmutableArray<Condition> Conditions { get; init; }

    /// <summary>Who is given the points.</summary>
    public required string Role { get; init; }

    /// <summary>How many; null only in a draft.</summary>
    public Amount? Amount { get; init; }

    /// <summary>Most for one subject in one period; null without limit.</summary>
    public decimal? CapPoints { get; init; }

    /// <summary>Whether the same matter gives points again.</summary>
    public bool EveryEvent { get; init; }
}

internal enum Operator
{
    Unknown = 0,
    Equal = 1,
    NotEqual = 2,
    In = 3,
    NotIn = 4,
    Less = 5,
    LessOrEqual = 6,
    Greater = 7,
    GreaterOrEqual = 8,
}

internal sealed record Condition(string Field, Operator Operator, ImmutableArray<string> Values);

[JsonDerivedType(typeof(FixedPoints), "fixed")]
[JsonDerivedType(typeof(PerUnit), "per_unit")]
[JsonDerivedType(typeof(LevelTable), "levels")]
internal abstract record Amount;

internal sealed record FixedPoints(decimal Points) : Amount;

internal sealed record PerUnit(string Field, decimal Points) : Amount;

internal sealed record LevelTable(string Field, ImmutableArray<Level> Levels) : Amount;

internal sealed record Level(string Value, decimal Points);

internal sealed record Cap(string Title, ImmutableArray<string> RuleKeys, decimal Points);
