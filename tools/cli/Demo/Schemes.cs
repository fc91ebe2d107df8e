using System.Globalization;
using Jiceng.Domain;
using Jiceng.Scoring.V1;

namespace Jiceng.Cli.Demo;

/// <summary>The schemes of the demonstrations: drafted and published through the ordinary calls, once.</summary>
internal static class Schemes
{
    /// <summary>Grid workers of a county: a case closed in time is worth more than one closed late, rework costs, satisfied residents give a little.</summary>
    public static Scheme GridWorkers(string place) => new()
    {
        Name = "网格员季度积分办法",
        SubjectKind = SubjectKind.Person,
        PeriodKind = PeriodKind.Quarter,
        PlaceCode = place,
        Groups = { "full_time", "part_time" },
        BasePoints = "60",
        TieBreaks = { TieBreak.FewerDeductions },
        Rules =
        {
            Fixed("closed_on_time", "按期办结", "Closed in time", "jiceng.grid.case.closed.v1", "handler", "2", Equal("on_time", "true")),
            Fixed("closed_late", "超期办结", "Closed late", "jiceng.grid.case.closed.v1", "handler", "0.5", Equal("on_time", "false")),
            Fixed("reported", "主动发现上报", "Reported a matter that was closed", "jiceng.grid.case.closed.v1", "reporter", "0.5"),
            new Rule
            {
                RuleKey = "rework",
                Title = "返工扣分",
                TitleEn = "Sent back after verification",
                EventType = "jiceng.grid.case.closed.v1",
                Role = "handler",
                PerUnit = new PerUnit { Field = "rework_count", Points = "-1" },
            },
            new Rule
            {
                RuleKey = "satisfaction",
                Title = "群众满意度",
                TitleEn = "Satisfaction",
                EventType = "jiceng.grid.case.rated.v1",
                Role = "handler",
                LevelTable = new LevelTable
                {
                    Field = "rating",
                    Levels = { new Level { Value = "5", Points = "1" }, new Level { Value = "4", Points = "0.5" }, new Level { Value = "1", Points = "-1" } },
                },
            },
            Fixed("overdue", "超期扣分", "Passed a deadline", "jiceng.grid.case.overdue.v1", "responsible", "-2"),
        },
    };

    /// <summary>Leadership members of a township: the published quarter of figure F1.</summary>
    public static Scheme LeadershipMembers(string place) => new()
    {
        Name = "班子成员季度积分办法",
        SubjectKind = SubjectKind.Person,
        PeriodKind = PeriodKind.Quarter,
        PlaceCode = place,
        Groups = { "leadership_member" },
        BasePoints = "10",
        Rules =
        {
            Fixed("county_commendation", "县级表彰", "Commended by the county", "jiceng.cadre.commendation.recorded.v1", "person", "2", Equal("level", "county")),
            Fixed("village_cleanup", "村庄清洁行动", "Village clean-up", "jiceng.cadre.commendation.recorded.v1", "person", "1",
                Equal("topic", "village_cleanup"), Equal("level", "township")),
            Fixed("not_done", "交办事项未完成", "Work not done", "jiceng.scoring.item.verified.v1", "person", "-2", Equal("result", "not_done")),
        },
    };

    /// <summary>The published scheme of this name and place; drafted and published when it is missing.</summary>
    public static async Task<Scheme> EnsureAsync(Gateway gateway, Calls caller, Scheme wanted, CancellationToken cancellationToken)
    {
        var known = await gateway.Schemes.ListSchemesAsync(new ListSchemesRequest { PlaceCode = wanted.PlaceCode, PageSize = 1000 }, caller.Options(cancellationToken));
        var same = known.Schemes.Where(s => s.Name == wanted.Name && s.PlaceCode == wanted.PlaceCode).ToList();
        if (same.FirstOrDefault(s => s.State == SchemeState.Published) is { } published) return published;

        var draft = same.FirstOrDefault() ?? await gateway.Schemes.CreateSchemeAsync(
            new CreateSchemeRequest { Scheme = wanted, RequestId = gateway.RequestId() }, caller.Options(cancellationToken));
        var today = ChinaTime.Day(gateway.Time.GetUtcNow());
        return await gateway.Schemes.PublishSchemeAsync(new PublishSchemeRequest
        {
            SchemeId = draft.SchemeId,
            Version = draft.Version,
            Etag = draft.Etag,
            EffectiveDate = new DateOnly(today.Year, ((today.Month - 1) / 3 * 3) + 1, 1).ToString("O", CultureInfo.InvariantCulture),
            RequestId = gateway.RequestId(),
        }, caller.Options(cancellationToken));
    }

    private static Rule Fixed(string key, string title, string english, string eventType, string role, string points, params ReadOnlySpan<Condition> conditions)
    {
        var rule = new Rule { RuleKey = key, Title = title, TitleEn = english, EventType = eventType, Role = role, FixedPoints = points };
        foreach (var condition in conditions) rule.Conditions.Add(condition);
        return rule;
    }

    private static Condition Equal(string field, string value) => new() { Field = field, Operator = Operator.Equal, Values = { value } };
}
