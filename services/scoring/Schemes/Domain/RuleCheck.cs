using System.Globalization;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Schemes.Domain;

/// <summary>Finds everything that is wrong with one rule.</summary>
internal static class RuleCheck
{
    public static void Faults(Rule rule, EventCatalog catalog, SubjectKind subject, string path, List<SchemeFault> faults)
    {
        if (string.IsNullOrWhiteSpace(rule.Title)) faults.Add(new($"{path}.title", "The title is missing.", "规则标题不能为空。"));
        if (catalog.Find(rule.EventType) is not { } type)
        {
            var known = string.Join(", ", catalog.All.Select(known => known.Type));
            faults.Add(new($"{path}.event_type", $"The event '{rule.EventType}' cannot be scored; those that can are {known}.", $"事件“{rule.EventType}”不可计分，可计分事件：{known}。"));
            return;
        }

        Role(rule, type, subject, path, faults);
        for (var i = 0; i < rule.Conditions.Length; i++) Condition(rule.Conditions[i], type, $"{path}.conditions[{i}]", faults);
        Amount(rule.Amount, type, path, faults);
        if (rule.CapPoints <= 0) faults.Add(new($"{path}.cap_points", "A cap must be above 0.", "上限应大于 0。"));
        if (rule.CapPoints is not null && Signs(rule).Distinct().Count() > 1)
            faults.Add(new($"{path}.cap_points", "A rule with a cap must either add or deduct points, not both.", "设上限的规则应全为加分或全为扣分。"));
    }

    /// <summary>Whether the rule can give (1) and can take (-1).</summary>
    public static IEnumerable<int> Signs(Rule rule) => rule.Amount switch
    {
        FixedPoints amount => [Math.Sign(amount.Points)],
        PerUnit amount => [Math.Sign(amount.Points)],
        LevelTable amount => amount.Levels.Select(level => Math.Sign(level.Points)),
        _ => [],
    };

    private static void Role(Rule rule, EventType type, SubjectKind subject, string path, List<SchemeFault> faults)
    {
        if (type.Role(rule.Role) is { } role)
        {
            if (Enum.IsDefined(subject) && role.Subject != subject)
                faults.Add(new(
                    $"{path}.role", $"The role '{rule.Role}' is of kind {role.Subject.Text()}, but the scheme scores subjects of kind {subject.Text()}.",
                    $"角色“{rule.Role}”的对象类型为 {role.Subject.Text()}，而本办法的积分对象为 {subject.Text()}。"));
            return;
        }

        var roles = string.Join(", ", type.Roles.Select(known => known.Name));
        faults.Add(new($"{path}.role", $"The event has no role '{rule.Role}'; its roles are {roles}.", $"该事件没有角色“{rule.Role}”，可用角色：{roles}。"));
    }

    private static void Condition(Condition condition, EventType type, string path, List<SchemeFault> faults)
    {
        if (Field(condition.Field, type, path, faults) is not { } field) return;
        var single = condition.Operator is not (Operator.In or Operator.NotIn);
        if (condition.Operator == Operator.Unknown || !Enum.IsDefined(condition.Operator))
            faults.Add(new($"{path}.operator", "The operator is missing.", "条件缺少比较方式。"));
        if (condition.Operator >= Operator.Less && field.Kind != FieldKind.Number)
            faults.Add(new($"{path}.operator", $"'{field.Name}' is not a number; use equal, not equal, in or not in.", $"字段“{field.Name}”不是数值，只能用等于、不等于、属于或不属于。"));
        if (condition.Values.IsEmpty || (single && condition.Values.Length != 1))
            faults.Add(new($"{path}.values", single ? "This operator takes exactly one value." : "This operator takes at least one value.", single ? "该比较方式只能有一个值。" : "该比较方式至少要有一个值。"));
        foreach (var value in condition.Values) Value(value, field, $"{path}.values", faults);
    }

    private static void Amount(Amount? amount, EventType type, string path, List<SchemeFault> faults)
    {
        switch (amount)
        {
            case null:
                faults.Add(new($"{path}.amount", "The amount is missing: set fixed_points, per_unit or level_table.", "规则应规定分值：固定、按量或分档。"));
                break;
            case FixedPoints { Points: 0 }:
                faults.Add(new($"{path}.fixed_points", "The points must not be 0.", "分值不能为 0。"));
                break;
            case PerUnit unit:
                if (Field(unit.Field, type, $"{path}.per_unit", faults) is { Kind: not FieldKind.Number })
                    faults.Add(new($"{path}.per_unit.field", $"'{unit.Field}' is not a number.", $"字段“{unit.Field}”不是数值。"));
                if (unit.Points == 0) faults.Add(new($"{path}.per_unit.points", "The points must not be 0.", "分值不能为 0。"));
                break;
            case LevelTable table:
                Levels(table, type, $"{path}.level_table", faults);
                break;
        }
    }

    private static void Levels(LevelTable table, EventType type, string path, List<SchemeFault> faults)
    {
        if (table.Levels.IsEmpty) faults.Add(new($"{path}.levels", "A level table needs at least one level.", "分档表至少应有一档。"));
        if (Field(table.Field, type, path, faults) is not { } field) return;
        for (var i = 0; i < table.Levels.Length; i++)
        {
            var level = table.Levels[i];
            Value(level.Value, field, $"{path}.levels[{i}].value", faults);
            if (level.Points == 0) faults.Add(new($"{path}.levels[{i}].points", "The points must not be 0.", "分值不能为 0。"));
            if (table.Levels.Take(i).Any(other => other.Value == level.Value))
                faults.Add(new($"{path}.levels[{i}].value", $"The value '{level.Value}' is listed twice.", $"档次“{level.Value}”重复。"));
        }
    }

    private static EventField? Field(string name, EventType type, string path, List<SchemeFault> faults)
    {
        if (type.Field(name) is { } field) return field;
        var fields = string.Join(", ", type.Fields.Select(known => known.Name));
        faults.Add(new($"{path}.field", $"The event has no field '{name}'; its fields are {fields}.", $"该事件没有字段“{name}”，可用字段：{fields}。"));
        return null;
    }

    private static void Value(string value, EventField field, string path, List<SchemeFault> faults)
    {
        var right = field.Kind switch
        {
            FieldKind.Flag => value is "true" or "false",
            FieldKind.Number => decimal.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _),
            _ => value.Length > 0,
        };
        if (!right)
            faults.Add(new(
                path, $"'{value}' is not a {field.Kind.ToString().ToLowerInvariant()}, the type of '{field.Name}'.",
                $"值“{value}”与字段“{field.Name}”的类型不符。"));
    }
}
