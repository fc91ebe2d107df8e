using Jiceng.Domain;
using Jiceng.Grid.Cases;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>Random lives of cases in the last ten weeks, written as the service writes them.</summary>
internal sealed class CaseLives(ServiceRun run, int seed)
{
    public static readonly string[] Nodes =
    [
        "140224205201001", "140224205201002", "140224205202001", "140224206201001", "140224206202002", "140224205201", "140224206", "140224",
    ];

    public static readonly string[] Categories = ["sanitation.rubbish", "sanitation.sewage", "facilities.road"];

    private const string Head = "0190a000-0000-7000-8000-0000000000ff";
    private static readonly CaseVerb[] Verbs =
    [
        CaseVerb.Accept, CaseVerb.Accept, CaseVerb.Dispatch, CaseVerb.Dispatch, CaseVerb.Start, CaseVerb.Start, CaseVerb.Finish, CaseVerb.Finish,
        CaseVerb.Pass, CaseVerb.Pass, CaseVerb.Fail, CaseVerb.Suspend, CaseVerb.Resume, CaseVerb.Reopen, CaseVerb.Rate, CaseVerb.Void, CaseVerb.Reject, CaseVerb.Overdue,
    ];

    private readonly Random _random = new(seed);
    private readonly CaseVerbs _verbs = run.Services.GetRequiredService<CaseVerbs>();
    private readonly Database _database = run.Services.GetRequiredService<Database>();

    /// <summary>Lives one case for a while; each step is committed before the next one.</summary>
    public async Task LiveAsync(CancellationToken token)
    {
        var now = TimeProvider.System.GetUtcNow();
        var time = now.AddDays(-_random.Next(0, 70)).AddMinutes(-_random.Next(0, 1440));
        var handler = Guid.CreateVersion7(now).ToString();
        var urgency = (Urgency)_random.Next(1, 4);
        var moves = new List<CaseMove>
        {
            _verbs.Report(Guid.CreateVersion7(time), PlaceCode.Parse(Nodes[_random.Next(Nodes.Length)]), Categories[_random.Next(Categories.Length)], urgency, new CaseAct(handler, time, "路灯不亮")),
        };
        if (_random.Next(8) == 0) moves.AddRange(_verbs.HandleOnTheSpot(moves[0].Case, new CaseAct(handler, time, "已办")));
        await WriteAsync(
            (work, _) =>
            {
                CaseWriter.AddOnCommit(work, moves);
                return Task.FromResult(time);
            },
            token);
        for (var attempt = _random.Next(60); attempt > 0; attempt--)
        {
            var later = time.AddMinutes(_random.Next(1, 600));
            if (later > now) continue;
            var verb = Verbs[_random.Next(Verbs.Length)];
            time = await WriteAsync(
                async (work, inner) =>
                {
                    var current = await CaseStore.LockAsync(work, moves[0].Case.Id, inner);
                    if (Try(current, verb, handler, later) is not { } move) return time;
                    CaseWriter.SaveOnCommit(work, move);
                    return later;
                },
                token);
        }
    }

    private Task<DateTimeOffset> WriteAsync(Func<UnitOfWork, CancellationToken, Task<DateTimeOffset>> write, CancellationToken token) =>
        _database.WriteAsync(new WriteContext("test", "CaseLives"), write, token);

    private CaseMove? Try(Case from, CaseVerb verb, string handler, DateTimeOffset time)
    {
        var (head, worker) = (new CaseAct(Head, time, "说明"), new CaseAct(handler, time, "说明"));
        try
        {
            return verb switch
            {
                CaseVerb.Accept => _verbs.Accept(from, head),
                CaseVerb.Reject => _random.Next(4) == 0 ? _verbs.Reject(from, head) : null,
                CaseVerb.Void => _random.Next(4) == 0 ? _verbs.Void(from, head) : null,
                CaseVerb.Dispatch => _verbs.Dispatch(from, [new CasePart(Guid.Parse(handler), "")], head),
                CaseVerb.Start => _verbs.Start(from, worker),
                CaseVerb.Suspend => _verbs.Suspend(from, head),
                CaseVerb.Resume => _verbs.Resume(from, head),
                CaseVerb.Finish => _verbs.Finish(from, worker),
                CaseVerb.Pass => _verbs.Pass(from, head),
                CaseVerb.Fail => _verbs.Fail(from, head),
                CaseVerb.Reopen => _verbs.Reopen(from, head),
                CaseVerb.Rate => _verbs.Rate(from, _random.Next(1, 6), head),
                _ => CaseVerbs.Overdue(from, null, time),
            };
        }
        catch (ApiException)
        {
            return null;
        }
    }
}
