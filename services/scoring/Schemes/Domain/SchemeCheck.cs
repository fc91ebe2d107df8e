using Jiceng.Domain;

namespace Jiceng.Scoring.Schemes.Domain;

/// <summary>Finds everything that is wrong with a scheme before it is published.</summary>
internal static class SchemeCheck
{
    public const int MaxRules = 200;

    /// <summary>Every fault, in the order of the fields; empty when the scheme can be published.</summary>
    public static IReadOnlyList<SchemeFault> Faults(Scheme scheme, EventCatalog catalog)
    {
        var faults = new List<SchemeFault>();
        Head(scheme, faults);
        Rules(scheme, catalog, faults);
        Caps(scheme.Terms, faults);
        if (scheme.Terms.TieBreaks.Distinct().Count() != scheme.Terms.TieBreaks.Length)
            faults.Add(new("tie_breaks", "A tie-break is listed twice; list each once.", "同分排序规则不能重复。"));
        return faults;
    }

    private static void Head(Scheme scheme, List<SchemeFault> faults)
    {
        var terms = scheme.Terms;
        if (string.IsNullOrWhiteSpace(scheme.Name)) faults.Add(new("name", "The name is missing.", "办法名称不能为空。"));
        if (!Enum.IsDefined(scheme.PeriodKind))
            faults.Add(new("period_kind", "The period must be a quarter or a year.", "考核周期应为季度或年度。"));
        if (!Enum.IsDefined(scheme.SubjectKind))
            faults.Add(new("subject_kind", "The subject kind must be person, organization or grid_node.", "积分对象应为人员、组织或网格。"));
        if (scheme.Place.Level < PlaceLevel.County)
            faults.Add(new("place_code", "The place must be a county (6 digits) or a place below one.", "适用地区应为县级（6 位）或以下。"));
        if (terms.BasePoints < 0) faults.Add(new("base_points", "Base points must be 0 or more.", "基础分不能为负。"));
        if (terms.Groups.IsEmpty) faults.Add(new("groups", "The scheme needs at least one group.", "至少应有一个适用人群。"));
        for (var i = 0; i < terms.Groups.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(terms.Groups[i])) faults.Add(new($"groups[{i}]", "The group has no name.", "人群名称不能为空。"));
            if (terms.Groups.IndexOf(terms.Groups[i]) < i) faults.Add(new($"groups[{i}]", "The group is listed twice; list each once.", "适用人群不能重复。"));
        }
    }

    private static void Rules(Scheme scheme, EventCatalog catalog, List<SchemeFault> faults)
    {
        var rules = scheme.Terms.Rules;
        if (rules.IsEmpty) faults.Add(new("rules", "The scheme needs at least one rule.", "至少应有一条计分规则。"));
        if (rules.Length > MaxRules) faults.Add(new("rules", $"The scheme can have at most {MaxRules} rules.", $"计分规则最多 {MaxRules} 条。"));
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = rules[i];
            var path = $"rules[{(IsKey(rule.Key) ? rule.Key : i)}]";
            if (!IsKey(rule.Key))
                faults.Add(new($"{path}.rule_key", "A rule key must be 1 to 50 lower-case letters, digits and underscores.", "规则标识应为 1 至 50 位小写字母、数字或下划线。"));
            else if (rules.Take(i).Any(other => other.Key == rule.Key))
                faults.Add(new($"{path}.rule_key", "The rule key is used twice; each must be unique in the scheme.", "规则标识不能重复。"));
            RuleCheck.Faults(rule, catalog, scheme.SubjectKind, path, faults);
        }
    }

    private static void Caps(SchemeTerms terms, List<SchemeFault> faults)
    {
        var taken = new HashSet<string>();
        for (var i = 0; i < terms.Caps.Length; i++)
        {
            var cap = terms.Caps[i];
            var path = $"caps[{i}]";
            if (cap.Points <= 0) faults.Add(new($"{path}.points", "A cap must be above 0.", "上限应大于 0。"));
            if (cap.RuleKeys.IsEmpty) faults.Add(new($"{path}.rule_keys", "A cap must name at least one rule.", "合计上限至少应包含一条规则。"));
            var rules = terms.Rules.Where(rule => cap.RuleKeys.Contains(rule.Key)).ToList();
            foreach (var key in cap.RuleKeys)
            {
                if (terms.Rules.All(rule => rule.Key != key))
                    faults.Add(new($"{path}.rule_keys", $"There is no rule '{key}' in this scheme.", $"本办法中没有规则“{key}”。"));
                if (!taken.Add(key))
                    faults.Add(new($"{path}.rule_keys", $"Rule '{key}' is already in another cap; a rule can be in one cap only.", $"规则“{key}”已在其他合计上限中。"));
            }

            if (rules.SelectMany(RuleCheck.Signs).Distinct().Count() > 1)
                faults.Add(new($"{path}.rule_keys", "The rules of a cap must either all add or all deduct points.", "同一合计上限内的规则应全为加分或全为扣分。"));
        }
    }

    private static bool IsKey(string key) => key.Length is >= 1 and <= 50 && key.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_');
}
