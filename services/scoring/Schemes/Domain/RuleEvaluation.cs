using System.Globalization;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Schemes.Domain;

/// <summary>Points that a rule gives to a subject for a fact, before caps.</summary>
internal sealed record Award(Scheme Scheme, Rule Rule, SubjectRef Subject, decimal Points)
{
    /// <summary>What makes a second award of the same rule to the same subject the same one.</summary>
    public string OnceKey(Fact fact) => Rule.EveryEvent ? fact.EventId.ToString() : fact.MatterId;
}

/// <summary>Says which points a fact gives, by the rules alone.</summary>
internal static class RuleEvaluation
{
    /// <summary>The awards of every rule, each subject at most once for each rule.</summary>
    /// <param name="fact">What happened.</param>
    /// <param name="catalog">The events that give points.</param>
    /// <param name="inForce">The schemes in force on the fact's day.</param>
    public static IEnumerable<Award> Awards(Fact fact, EventCatalog catalog, IEnumerable<Scheme> inForce) =>
        from scheme in inForce
        from rule in scheme.Terms.Rules
        where rule.EventType == fact.Type
        let type = catalog.Find(rule.EventType)
        where type is not null && rule.Conditions.All(condition => Holds(condition, type, fact))
        let points = Points(rule, type, fact)
        where points != 0
        from subject in fact.Parts.Where(part => part.Role == rule.Role).Select(part => part.Subject).Distinct()
        where subject.Kind == scheme.SubjectKind
        select new Award(scheme, rule, subject, points);

    private static bool Holds(Condition condition, EventType type, Fact fact)
    {
        if (type.Field(condition.Field) is not { } field || !fact.Fields.TryGetValue(field.Name, out var value)) return false;
        return condition.Operator switch
        {
            Operator.Equal or Operator.In => condition.Values.Any(other => Same(field.Kind, value, other)),
            Operator.NotEqual or Operator.NotIn => !condition.Values.Any(other => Same(field.Kind, value, other)),
            Operator.Less => Number(value) < Number(condition.Values[0]),
            Operator.LessOrEqual => Number(value) <= Number(condition.Values[0]),
            Operator.Greater => Number(value) > Number(condition.Values[0]),
            Operator.GreaterOrEqual => Number(value) >= Number(condition.Values[0]),
            _ => false,
        };
    }

    private static decimal Points(Rule rule, EventType type, Fact fact) => rule.Amount switch
    {
        FixedPoints amount => amount.Points,
        PerUnit amount => fact.Fields.TryGetValue(amount.Field, out var units) ? PointsText.Round(Number(units) * amount.Points) : 0,
        LevelTable amount => OfLevel(amount, type, fact),
        _ => 0,
    };

    private static decimal OfLevel(LevelTable table, EventType type, Fact fact)
    {
        if (type.Field(table.Field) is not { } field || !fact.Fields.TryGetValue(field.Name, out var value)) return 0;
        return table.Levels.FirstOrDefault(level => Same(field.Kind, value, level.Value))?.Points ?? 0;
    }

    private static bool Same(FieldKind kind, string value, string other) =>
        kind == FieldKind.Number ? Number(value) == Number(other) : value == other;

    // Fields are written by this service and values are checked when a scheme is published: both are numbers here.
    private static decimal Number(string text) => decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);
}
