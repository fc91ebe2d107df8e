using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;
using Jiceng.Rpc;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using V1 = Jiceng.Scoring.V1;

namespace Jiceng.Scoring.Schemes;

/// <summary>Schemes as messages, and back. Reading rejects malformed values; <see cref="SchemeCheck"/> reports missing ones.</summary>
internal static class SchemeMapper
{
    public static V1.Scheme ToMessage(this Scheme scheme)
    {
        var message = new V1.Scheme
        {
            SchemeId = scheme.Id.ToString(),
            Version = scheme.Version,
            State = (V1.SchemeState)scheme.State,
            Name = scheme.Name,
            SubjectKind = (V1.SubjectKind)scheme.SubjectKind,
            PeriodKind = (V1.PeriodKind)scheme.PeriodKind,
            PlaceCode = scheme.Place.Value,
            BasePoints = PointsText.Format(scheme.Terms.BasePoints),
            EffectiveDate = scheme.EffectiveDate?.ToString("O", CultureInfo.InvariantCulture) ?? "",
            CreateTime = scheme.CreateTime.ToTimestamp(),
            PublishTime = scheme.PublishTime?.ToTimestamp(),
            Etag = Etag.Of(scheme.Revision),
        };
        message.Groups.Add(scheme.Terms.Groups);
        message.Rules.Add(scheme.Terms.Rules.Select(ToMessage));
        message.Caps.Add(scheme.Terms.Caps.Select(cap => new V1.Cap { Title = cap.Title, RuleKeys = { cap.RuleKeys }, Points = PointsText.Format(cap.Points) }));
        message.TieBreaks.Add(scheme.Terms.TieBreaks.Select(tieBreak => (V1.TieBreak)tieBreak));
        return message;
    }

    /// <summary>A new draft, version 1.</summary>
    public static Scheme ToDraft(this V1.Scheme message, Guid id, DateTimeOffset now)
    {
        if (message.SubjectKind is < V1.SubjectKind.Person or > V1.SubjectKind.GridNode)
            throw Require.Invalid("scheme.subject_kind", "SUBJECT_KIND_PERSON, SUBJECT_KIND_ORGANIZATION or SUBJECT_KIND_GRID_NODE");
        if (message.PeriodKind is not (V1.PeriodKind.Quarter or V1.PeriodKind.Year))
            throw Require.Invalid("scheme.period_kind", "PERIOD_KIND_QUARTER or PERIOD_KIND_YEAR");
        var place = PlaceCode.Parse(message.PlaceCode, "scheme.place_code");
        if (place.Level < PlaceLevel.County) throw Require.Invalid("scheme.place_code", "the code of a county or of a place below one");
        return new Scheme
        {
            Id = id,
            Version = 1,
            State = SchemeState.Draft,
            Name = message.ToName(),
            SubjectKind = (SubjectKind)message.SubjectKind,
            PeriodKind = (PeriodKind)message.PeriodKind,
            Place = place,
            Terms = message.ToTerms(),
            CreateTime = now,
            Revision = 1,
        };
    }

    public static string ToName(this V1.Scheme message) => Require.Text(message.Name, "scheme.name", 100);

    public static SchemeTerms ToTerms(this V1.Scheme message) => new(
        [.. Limited(message.Groups, "scheme.groups", 50).Select((group, i) => Require.Text(group, $"scheme.groups[{i}]", 50))],
        ToPoints(message.BasePoints, "scheme.base_points"),
        [.. Limited(message.Rules, "scheme.rules", SchemeCheck.MaxRules).Select((rule, i) => rule.ToRule($"scheme.rules[{i}]"))],
        [.. Limited(message.Caps, "scheme.caps", 50).Select((cap, i) => cap.ToCap($"scheme.caps[{i}]"))],
        [.. Limited(message.TieBreaks, "scheme.tie_breaks", 5).Select((tieBreak, i) => tieBreak is V1.TieBreak.FewerDeductions or V1.TieBreak.MoreAwards
            ? (TieBreak)tieBreak
            : throw Require.Invalid($"scheme.tie_breaks[{i}]", "TIE_BREAK_FEWER_DEDUCTIONS or TIE_BREAK_MORE_AWARDS"))]);

    private static V1.Rule ToMessage(this Rule rule)
    {
        var message = new V1.Rule
        {
            RuleKey = rule.Key,
            Title = rule.Title,
            TitleEn = rule.TitleEn,
            EventType = rule.EventType,
            Role = rule.Role,
            CapPoints = rule.CapPoints is { } cap ? PointsText.Format(cap) : "",
            Repeat = rule.EveryEvent ? V1.Repeat.EveryEvent : V1.Repeat.Once,
        };
        message.Conditions.Add(rule.Conditions.Select(condition =>
            new V1.Condition { Field = condition.Field, Operator = (V1.Operator)condition.Operator, Values = { condition.Values } }));
        switch (rule.Amount)
        {
            case FixedPoints amount:
                message.FixedPoints = PointsText.Format(amount.Points);
                break;
            case PerUnit amount:
                message.PerUnit = new V1.PerUnit { Field = amount.Field, Points = PointsText.Format(amount.Points) };
                break;
            case LevelTable amount:
                message.LevelTable = new V1.LevelTable { Field = amount.Field };
                message.LevelTable.Levels.Add(amount.Levels.Select(level => new V1.Level { Value = level.Value, Points = PointsText.Format(level.Points) }));
                break;
        }

        return message;
    }

    private static Rule ToRule(this V1.Rule message, string path) => new()
    {
        Key = Require.Optional(message.RuleKey, $"{path}.rule_key", 50),
        Title = Require.Optional(message.Title, $"{path}.title", 100),
        TitleEn = Require.Optional(message.TitleEn, $"{path}.title_en", 100),
        EventType = Require.Optional(message.EventType, $"{path}.event_type", 100),
        Conditions = [.. Limited(message.Conditions, $"{path}.conditions", 20).Select((condition, i) => condition.ToCondition($"{path}.conditions[{i}]"))],
        Role = Require.Optional(message.Role, $"{path}.role", 50),
        Amount = message.ToAmount(path),
        CapPoints = message.CapPoints.Length == 0 ? null : ToPoints(message.CapPoints, $"{path}.cap_points"),
        EveryEvent = message.Repeat == V1.Repeat.EveryEvent,
    };

    private static Condition ToCondition(this V1.Condition message, string path) => new(
        Require.Optional(message.Field, $"{path}.field", 50),
        (Operator)message.Operator,
        [.. Limited(message.Values, $"{path}.values", 100).Select((value, i) => Require.Optional(value, $"{path}.values[{i}]", 100))]);

    private static Amount? ToAmount(this V1.Rule message, string path) => message.AmountCase switch
    {
        V1.Rule.AmountOneofCase.FixedPoints => new FixedPoints(ToPoints(message.FixedPoints, $"{path}.fixed_points")),
        V1.Rule.AmountOneofCase.PerUnit => new PerUnit(
            Require.Optional(message.PerUnit.Field, $"{path}.per_unit.field", 50), ToPoints(message.PerUnit.Points, $"{path}.per_unit.points")),
        V1.Rule.AmountOneofCase.LevelTable => new LevelTable(
            Require.Optional(message.LevelTable.Field, $"{path}.level_table.field", 50),
            [.. Limited(message.LevelTable.Levels, $"{path}.level_table.levels", 100).Select((level, i) => new Level(
                Require.Optional(level.Value, $"{path}.level_table.levels[{i}].value", 100),
                ToPoints(level.Points, $"{path}.level_table.levels[{i}].points")))]),
        _ => null,
    };

    private static Cap ToCap(this V1.Cap message, string path) => new(
        Require.Optional(message.Title, $"{path}.title", 100),
        [.. Limited(message.RuleKeys, $"{path}.rule_keys", SchemeCheck.MaxRules).Select((key, i) => Require.Optional(key, $"{path}.rule_keys[{i}]", 50))],
        ToPoints(message.Points, $"{path}.points"));

    private static decimal ToPoints(string text, string field)
    {
        if (text.Length == 0) return 0;
        return PointsText.TryParse(text, out var points) ? points : throw Require.Invalid(field, PointsText.Expected);
    }

    private static ICollection<T> Limited<T>(ICollection<T> list, string field, int limit) =>
        list.Count <= limit ? list : throw Require.Invalid(field, $"a list of at most {limit}");
}
