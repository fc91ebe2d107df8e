using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Events.V1;
using Jiceng.Scoring.V1;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

/// <summary>
/// Figure F1: Shangan township, first quarter. 86 items are assigned to 11 leadership members by division of work and difficulty; base
/// score 10; +2 for a county-level commendation, +1 for the village clean-up, -2 for work not done; ranked. Raw records go in
/// through the ordinary calls, and the figures come out of them.
/// </summary>
public sealed class ShanganTests
{
    /// <summary>Division of work of each member, with the difficulty of each of its items.</summary>
    private static readonly (string Name, string Division, string Difficulties)[] Members =
    [
        ("党委书记", "全面工作", "554433322"),
        ("乡长", "政府全面", "55443322"),
        ("人大主席", "人大工作", "3322211"),
        ("党委副书记", "党建", "44333222"),
        ("纪委书记", "纪检监察", "443322"),
        ("组织委员", "组织人事", "44332221"),
        ("宣传委员", "宣传文化", "33322211"),
        ("武装部长", "武装应急", "4332221"),
        ("副乡长甲", "农业农村", "55443321"),
        ("副乡长乙", "生态环境", "44433221"),
        ("副乡长丙", "民生社保", "443332221"),
    ];

    [Fact]
    public async Task Quarter_OfShangan_GivesThePublishedFigures()
    {
        var year = TimeProvider.System.GetUtcNow().Year + 1;
        await using var run = await ScoringRun.StartAsync(new DateTimeOffset(year, 1, 5, 1, 0, 0, TimeSpan.Zero));
        var scheme = await run.PublishAsync("township-officials-quarter.json");
        var people = new List<string>();
        foreach (var (name, _, _) in Members)
            people.Add(await run.PersonAsync(name, categories: ["official", "leadership_member"]));
        await run.PersonAsync("一般干部", categories: ["official"]);

        var assigned = new List<(Item Item, int Member, int Index)>();
        for (var member = 0; member < Members.Length; member++)
        {
            for (var index = 0; index < Members[member].Difficulties.Length; index++)
                assigned.Add((await AssignAsync(run, people[member], member, index, year), member, index));
        }

        assigned.Count.ShouldBe(86);
        (await run.Committee.Items.ListItemsAsync(new() { PageSize = 1000 })).Items.Count.ShouldBe(86);

        // One item of member 6 is left undone; all others are handed in and verified before the end of the quarter.
        run.Clock.JumpTo(new DateTimeOffset(year, 3, 20, 1, 0, 0, TimeSpan.Zero));
        foreach (var (item, member, index) in assigned.Where(part => !IsUndone(part.Member, part.Index)))
        {
            await run.As(people[member], "township_committee", ScoringRun.Township).Items.HandInItemAsync(new() { ItemId = item.ItemId });
            await run.Committee.Items.VerifyItemAsync(new() { ItemId = item.ItemId, Done = true });
        }

        await CommendAsync(run, people[8], "county", "", $"{year}-02-18");
        await CommendAsync(run, people[9], "township", "village_cleanup", $"{year}-03-10");

        // After the quarter: the undone item is found so, and a commendation of April counts for April.
        run.Clock.JumpTo(new DateTimeOffset(year, 4, 3, 1, 0, 0, TimeSpan.Zero));
        var undone = assigned.Single(part => IsUndone(part.Member, part.Index)).Item;
        (await run.Committee.Items.VerifyItemAsync(new() { ItemId = undone.ItemId, Remark = "逾期未办" })).Result.ShouldBe(ItemResult.NotDone);
        await CommendAsync(run, people[0], "county", "", $"{year}-04-02");

        var quarter = $"{year}Q1";
        var ranking = await run.Committee.Points.ListRankingAsync(new() { SchemeId = scheme.SchemeId, Period = quarter, PlaceCode = ScoringRun.Township });
        ranking.TotalSize.ShouldBe(11);
        ranking.Rows.ToDictionary(row => row.SubjectId, row => decimal.Parse(row.TotalPoints))
            .ShouldBe(Enumerable.Range(0, 11).ToDictionary(member => people[member], Expected), ignoreOrder: true);
        ranking.Rows.Select(row => row.Rank).ShouldBe(ranking.Rows.Select(row =>
            1 + ranking.Rows.Count(other => decimal.Parse(other.TotalPoints) > decimal.Parse(row.TotalPoints))));
        ranking.Rows.Select(row => row.Rank).Distinct().Count().ShouldBeLessThan(11, "members with equal scores share a rank");

        // Every point leads back to what it was given for.
        for (var member = 0; member < people.Count; member++)
        {
            var balance = await run.BalanceAsync(scheme, people[member], quarter);
            balance.BasePoints.ShouldBe("10");
            var entries = (await run.EntriesAsync(people[member])).Where(entry => entry.Period == quarter).ToList();
            entries.Sum(entry => decimal.Parse(entry.Points)).ShouldBe(decimal.Parse(balance.EntryPoints));
            entries.Count(entry => entry.EventType == "jiceng.scoring.item.verified.v1").ShouldBe(Members[member].Difficulties.Length);
        }

        (await PointsOf(run, people[8], "commended_county")).ShouldBe("2");
        (await PointsOf(run, people[9], "village_cleanup")).ShouldBe("1");
        (await PointsOf(run, people[6], "item_not_done")).ShouldBe("-2");
        var verified = await run.VerifyAsync();
        (verified.Intact, verified.SubjectCount, verified.EntryCount).ShouldBe((true, 11, 86 + 3));
    }

    private static bool IsUndone(int member, int index) => (member, index) == (6, 7);

    /// <summary>Base 10, a fifth of a point for each degree of difficulty, and what the published figures add and take.</summary>
    private static decimal Expected(int member)
    {
        var items = Members[member].Difficulties.Select((difficulty, index) => IsUndone(member, index) ? -2m : 0.2m * (difficulty - '0'));
        return 10 + items.Sum() + (member == 8 ? 2 : 0) + (member == 9 ? 1 : 0);
    }

    private static async Task<Item> AssignAsync(ScoringRun run, string person, int member, int index, int year) =>
        await run.Committee.Items.AssignItemAsync(new()
        {
            PlaceCode = ScoringRun.Township,
            SubjectId = person,
            Title = $"{Members[member].Division}事项{index + 1}",
            Division = Members[member].Division,
            Difficulty = Members[member].Difficulties[index] - '0',
            DueTime = new DateTimeOffset(year, 3, 31, 8, 0, 0, TimeSpan.Zero).ToTimestamp(),
            RequestId = run.NewId(),
        });

    private static Task CommendAsync(ScoringRun run, string person, string level, string topic, string date) =>
        run.HearAsync("jiceng.cadre.commendation.recorded.v1", new CommendationRecorded
        {
            RecordId = run.NewId(),
            PersonId = person,
            Level = level,
            Title = topic.Length == 0 ? "先进个人" : "村庄清洁行动先进个人",
            DocumentNumber = "上党发〔2026〕3号",
            Date = date,
            PlaceCode = ScoringRun.Township,
            Topic = topic,
            RecordTime = run.Clock.GetUtcNow().ToTimestamp(),
            Sequence = 1,
        });

    private static async Task<string> PointsOf(ScoringRun run, string person, string rule) =>
        (await run.EntriesAsync(person)).Where(entry => entry.RuleKey == rule && entry.Period.EndsWith("Q1", StringComparison.Ordinal)).ShouldHaveSingleItem().Points;
}
