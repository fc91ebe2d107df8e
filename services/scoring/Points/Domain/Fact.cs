using System.Collections.Immutable;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points.Domain;

/// <summary>Something that happened and may give points: an event brought into the form that rules speak of.</summary>
internal sealed record Fact
{
    /// <summary>CloudEvents id.</summary>
    public required Guid EventId { get; init; }

    /// <summary>CloudEvents type, one of the <see cref="Schemes.Domain.EventCatalog"/>.</summary>
    public required string Type { get; init; }

    /// <summary>What it is about: id of the case, item or record.</summary>
    public required string MatterId { get; init; }

    /// <summary>When it was reported, whole microseconds.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The day that decides scheme version and period, Asia/Shanghai.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Trace in which it happened; empty when it was not traced.</summary>
    public required string TraceId { get; init; }

    /// <summary>What it was, in Chinese, for the reason of the entry.</summary>
    public required string Label { get; init; }

    /// <summary>Values that conditions and amounts look at, as text: flags are true or false.</summary>
    public required ImmutableSortedDictionary<string, string> Fields { get; init; }

    /// <summary>Who had which role in it.</summary>
    public required ImmutableArray<Part> Parts { get; init; }
}

/// <summary>A subject's role in an event.</summary>
internal sealed record Part(string Role, SubjectRef Subject);
