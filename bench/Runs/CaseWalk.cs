using Grpc.Core;
using Jiceng.Grid.V1;

namespace Jiceng.Bench.Runs;

/// <summary>Two people of a village: the micro-grid worker, who reports and handles, and the secretary, who does the rest.</summary>
internal sealed record CasePair(string Node, string WorkerId, CallOptions Worker, CallOptions Secretary)
{
    /// <summary>One pair per micro-grid, spread over the given places.</summary>
    public static List<CasePair> Of(PrivateSuite suite, IReadOnlyList<NodeRow> places, int count)
    {
        var grids = places.Where(place => place.Code.Length == 15).Select(place => place.Code).ToList();
        return [.. Enumerable.Range(0, count).Select(number => grids[(int)((long)number * grids.Count / count)]).Select(grid =>
        {
            var worker = suite.Gateway.RequestId();
            return new CasePair(grid, worker, suite.As("grid_worker", worker, grid), suite.As("village_secretary", suite.Gateway.RequestId(), grid[..12]));
        })];
    }
}

/// <summary>Takes a pair through the life of one case after another.</summary>
internal sealed class CaseWalk(CaseService.CaseServiceClient cases, Func<string> requestId, CasePair pair)
{
    public static readonly IReadOnlyList<string> Verbs = ["report", "accept", "dispatch", "start", "finish", "verify"];
    private string _case = "";
    private int _next;

    /// <summary>Makes the next call. A failed call ends the case; the next call reports another one.</summary>
    public async Task StepAsync()
    {
        var verb = _next;
        _next = 0;
        switch (Verbs[verb])
        {
            case "report":
                _case = (await cases.ReportCaseAsync(new ReportCaseRequest
                {
                    NodeCode = pair.Node,
                    Category = "facilities.lamp",
                    Description = "村口路灯不亮，已有三天，老人夜间出行不便。",
                    RequestId = requestId(),
                }, pair.Worker)).CaseId;
                break;
            case "accept":
                await cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = _case, RequestId = requestId() }, pair.Secretary);
                break;
            case "dispatch":
                await cases.DispatchCaseAsync(
                    new DispatchCaseRequest { CaseId = _case, Assignments = { new Assignment { HandlerId = pair.WorkerId } }, RequestId = requestId() }, pair.Secretary);
                break;
            case "start":
                await cases.StartCaseAsync(new StartCaseRequest { CaseId = _case, RequestId = requestId() }, pair.Worker);
                break;
            case "finish":
                await cases.FinishCaseAsync(new FinishCaseRequest { CaseId = _case, Result = "已更换灯头，恢复照明。", RequestId = requestId() }, pair.Worker);
                break;
            default:
                await cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = _case, Passed = true, Remark = "核查属实。", RequestId = requestId() }, pair.Secretary);
                break;
        }

        _next = (verb + 1) % Verbs.Count;
    }
}
