using Jiceng.Grid.Events.V1;
using Jiceng.Scoring.V1;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

/// <summary>Grids become known one by one and by an import, in any order.</summary>
public sealed class GridNodeTests(ScoringFixture fixture) : IClassFixture<ScoringFixture>
{
    private const string Imported = "jiceng.grid.node.imported.v1";
    private const string Changed = "jiceng.grid.node.changed.v1";
    private readonly ScoringRun _run = fixture.Run;

    [Fact]
    public async Task Imported_FiveHundredGrids_AreKnownAsIfEachCameByItself()
    {
        var nodes = Enumerable.Range(100, 499).Select(i => Node($"140224401{i}", $"村{i}")).ToList();
        await _run.HearAsync(Imported, new NodesImported { Nodes = { Node("140224401", "镇"), nodes } });
        await _run.HearAsync(Changed, Node("140224402", "镇"));
        await _run.HearAsync(Changed, Node("140224402100", "村"));

        (await KnownAsync("140224401")).ShouldBe(500);
        const string Shape =
            """
            SELECT string_agg(DISTINCT concat_ws('|', length(s.id), s.kind, s.place_code = s.id, s.sequence, m.kind, m.source, m.source_id, m.group_name,
                m.place_code = s.id, m.from_day, m.until_day, m.sequence), ', ')
            FROM subject s LEFT JOIN membership m ON m.kind = s.kind AND m.subject_id = s.id WHERE starts_with(s.id, $1)
            """;
        (await _run.ScalarAsync<string>(Shape, "140224401")).ShouldBe(await _run.ScalarAsync<string>(Shape, "140224402"));
    }

    [Fact]
    public async Task Imported_AroundANewerChange_NewestNameStays()
    {
        const string Older = "140224403", Newer = "140224404", Unknown = "140224405";
        await _run.HearAsync(Changed, Node(Older, "新名", 3));
        await _run.HearAsync(Changed, Node(Newer, "旧名", 1));

        await _run.HearAsync(Imported, new NodesImported { Nodes = { Node(Older, "旧名", 1), Node(Newer, "新名", 2), Node(Unknown, "新名", 1) } });
        await _run.HearAsync(Imported, new NodesImported { Nodes = { Node(Newer, "旧名", 1), Node(Unknown, "更新", 2) } });
        await _run.HearAsync(Changed, Node(Unknown, "旧名", 1));

        (await NameAsync(Older)).ShouldBe("新名");
        (await NameAsync(Newer)).ShouldBe("新名");
        (await NameAsync(Unknown)).ShouldBe("更新");
        (await _run.ScalarAsync<long>("SELECT sequence FROM subject WHERE id = $1", Unknown)).ShouldBe(2);
        (await _run.ScalarAsync<long>("SELECT count(*) FROM membership WHERE subject_id = $1", Unknown)).ShouldBe(1);
    }

    [Fact]
    public async Task Imported_DeliveredTwiceOrWithANodeTwice_CountsOnce()
    {
        var imported = new NodesImported { Nodes = { Node("140224406", "旧名", 1), Node("140224406", "新名", 2), Node("140224406201", "村") } };
        var id = _run.NewId();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _run.HearAsync(Imported, imported, id)));

        (await KnownAsync("140224406")).ShouldBe(2);
        (await NameAsync("140224406")).ShouldBe("新名");
        (await _run.ScalarAsync<long>("SELECT count(*) FROM inbox WHERE event_id = $1::uuid", Guid.Parse(id))).ShouldBe(1);
    }

    [Fact]
    public async Task Imported_CodeThatIsNone_IsDroppedWhole()
    {
        var (status, body) = await _run.SendAsync(Imported, new NodesImported { Nodes = { Node("140224407", "镇"), Node("1402244", "短") } });

        (status, body).ShouldBe((200, """{"status":"DROP"}"""));
        (await KnownAsync("140224407")).ShouldBe(0);
    }

    [Fact]
    public async Task Imported_WhileFactsAboutItsGridsArrive_EachIsScoredOnce()
    {
        var scheme = await _run.PublishAsync(new Scheme
        {
            Name = "网格积分",
            SubjectKind = SubjectKind.GridNode,
            PeriodKind = PeriodKind.Year,
            PlaceCode = "140224408",
            Groups = { "village" },
            Rules = { new Rule { RuleKey = "closed", Title = "结案", EventType = ScoringScenes.Closed, Role = "node", FixedPoints = "1" } },
        });
        var codes = Enumerable.Range(201, 40).Select(i => $"140224408{i}").ToList();
        var facts = codes.Select(code => (Func<Task>)(() =>
        {
            var closed = _run.CaseOf(_run.NewId());
            closed.NodeCode = code;
            return _run.HearAsync(ScoringScenes.Closed, closed);
        }));
        var imports = codes.Chunk(10).Select(part => (Func<Task>)(() => _run.HearAsync(Imported, new NodesImported { Nodes = { part.Select(code => Node(code, "村")) } })));
        var changes = codes.Where((_, i) => i % 4 == 0).Select(code => (Func<Task>)(() => _run.HearAsync(Changed, Node(code, "改名", 2))));

        await Task.WhenAll(facts.Concat(imports).Concat(changes).Select(happen => happen()));

        var year = $"{_run.Clock.GetUtcNow().AddHours(8).Year}";
        foreach (var code in codes) (await _run.BalanceAsync(scheme, code, year)).TotalPoints.ShouldBe("1", code);
        (await NameAsync(codes[0])).ShouldBe("改名");
        (await _run.VerifyAsync()).Intact.ShouldBeTrue();
    }

    private static NodeChanged Node(string code, string name, long sequence = 1) => new() { Code = code, Name = name, Sequence = sequence };

    private Task<long> KnownAsync(string place) => _run.ScalarAsync<long>("SELECT count(*) FROM subject WHERE starts_with(id, $1)", place);

    private Task<string> NameAsync(string code) => _run.ScalarAsync<string>("SELECT name FROM subject WHERE id = $1", code);
}
