using Jiceng.Cli.Clients;
using Jiceng.Grid.V1;

namespace Jiceng.Cli.Demo;

/// <summary>Who has to do with a case: two workers of a village, its secretary, its township. Each makes calls with an own token.</summary>
/// <param name="Node">The micro-grid where the case is found.</param>
/// <param name="Worker">The worker on duty there.</param>
/// <param name="Colleague">A worker of the same village.</param>
/// <param name="Village">The village secretary.</param>
/// <param name="Township">The township committee.</param>
internal sealed record CaseCast(string Node, Actor Worker, Actor Colleague, Actor Village, Actor Township);

/// <summary>A person of the suite and the options of this person's calls.</summary>
internal sealed record Actor(string PersonId, Calls Calls);

/// <summary>Ways a case can go, each as the calls that take it there.</summary>
internal sealed class CaseStory(Gateway gateway, CaseCast cast, CancellationToken cancellationToken)
{
    private readonly CaseService.CaseServiceClient _cases = gateway.Cases;

    /// <summary>A small matter ends in one grid: reported with its result, then verified.</summary>
    public async Task OnTheSpotAsync(ReportCaseRequest report, int rating)
    {
        report.Result = new OnTheSpotResult { Result = "现场清理完毕，已拍照留存。" };
        await CloseAsync(await ReportAsync(report), cast.Village, rating);
    }

    /// <summary>Accepted, dispatched, handled, verified.</summary>
    public async Task PlainAsync(ReportCaseRequest report, int rating)
    {
        var id = await AcceptedAsync(report);
        await HandleAsync(id, cast.Village, cast.Colleague);
        await CloseAsync(id, cast.Village, rating);
    }

    /// <summary>The first handler gives it back; another one takes it.</summary>
    public async Task ReturnedAsync(ReportCaseRequest report, int rating)
    {
        var id = await AcceptedAsync(report);
        await DispatchAsync(id, cast.Village, cast.Colleague);
        await _cases.ReturnCaseAsync(new ReturnCaseRequest { CaseId = id, Reason = "今日在外培训，无法到场。", RequestId = gateway.RequestId() }, By(cast.Colleague));
        await HandleAsync(id, cast.Village, cast.Worker);
        await CloseAsync(id, cast.Village, rating);
    }

    /// <summary>Verification fails the first time.</summary>
    public async Task ReworkedAsync(ReportCaseRequest report, int rating)
    {
        var id = await AcceptedAsync(report);
        await HandleAsync(id, cast.Village, cast.Colleague);
        await _cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = id, Passed = false, Remark = "仍有遗留，请返工。", RequestId = gateway.RequestId() }, By(cast.Village));
        await StartAndFinishAsync(id, cast.Colleague);
        await CloseAsync(id, cast.Village, rating);
    }

    /// <summary>Rests a while for a reason outside of the village.</summary>
    public async Task SuspendedAsync(ReportCaseRequest report, int rating)
    {
        var id = await AcceptedAsync(report);
        await DispatchAsync(id, cast.Village, cast.Colleague);
        await _cases.StartCaseAsync(new StartCaseRequest { CaseId = id, RequestId = gateway.RequestId() }, By(cast.Colleague));
        await _cases.SuspendCaseAsync(new SuspendCaseRequest { CaseId = id, Reason = "等待供电所配件。", RequestId = gateway.RequestId() }, By(cast.Village));
        await _cases.ResumeCaseAsync(new ResumeCaseRequest { CaseId = id, Remark = "配件已到。", RequestId = gateway.RequestId() }, By(cast.Village));
        await FinishAsync(id, cast.Colleague);
        await CloseAsync(id, cast.Village, rating);
    }

    /// <summary>Too large for the village: two levels up, then both workers handle a part each.</summary>
    public async Task EscalatedAsync(ReportCaseRequest report, int rating)
    {
        var id = await AcceptedAsync(report);
        await _cases.EscalateCaseAsync(new EscalateCaseRequest { CaseId = id, Reason = "需村里协调。", RequestId = gateway.RequestId() }, By(cast.Village));
        await _cases.EscalateCaseAsync(new EscalateCaseRequest { CaseId = id, Reason = "涉及两村，请乡镇牵头。", RequestId = gateway.RequestId() }, By(cast.Village));
        await DispatchAsync(id, cast.Township, cast.Worker, cast.Colleague);
        await StartAndFinishAsync(id, cast.Worker);
        await StartAndFinishAsync(id, cast.Colleague);
        await CloseAsync(id, cast.Township, rating);
    }

    /// <summary>Closed, opened again within the window, closed again.</summary>
    public async Task ReopenedAsync(ReportCaseRequest report, int rating)
    {
        var id = await AcceptedAsync(report);
        await HandleAsync(id, cast.Village, cast.Colleague);
        await VerifyAsync(id, cast.Village);
        await _cases.ReopenCaseAsync(new ReopenCaseRequest { CaseId = id, Reason = "雨后再次堵塞。", RequestId = gateway.RequestId() }, By(cast.Village));
        await StartAndFinishAsync(id, cast.Colleague);
        await CloseAsync(id, cast.Village, rating);
    }

    public async Task RejectedAsync(ReportCaseRequest report) => await _cases.RejectCaseAsync(
        new RejectCaseRequest { CaseId = await ReportAsync(report), Reason = "重复上报。", RequestId = gateway.RequestId() }, By(cast.Village));

    /// <summary>Dispatched at the end of the day, handled tomorrow.</summary>
    public async Task LeftOpenAsync(ReportCaseRequest report) => await DispatchAsync(await AcceptedAsync(report), cast.Village, cast.Colleague);

    private async Task<string> ReportAsync(ReportCaseRequest report)
    {
        report.NodeCode = cast.Node;
        report.RequestId = gateway.RequestId();
        return (await _cases.ReportCaseAsync(report, By(cast.Worker))).CaseId;
    }

    private async Task<string> AcceptedAsync(ReportCaseRequest report)
    {
        var id = await ReportAsync(report);
        await _cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = id, RequestId = gateway.RequestId() }, By(cast.Village));
        return id;
    }

    private async Task HandleAsync(string id, Actor dispatcher, Actor handler)
    {
        await DispatchAsync(id, dispatcher, handler);
        await StartAndFinishAsync(id, handler);
    }

    private async Task DispatchAsync(string id, Actor dispatcher, params Actor[] handlers)
    {
        var request = new DispatchCaseRequest { CaseId = id, RequestId = gateway.RequestId() };
        foreach (var handler in handlers) request.Assignments.Add(new Assignment { HandlerId = handler.PersonId });
        await _cases.DispatchCaseAsync(request, By(dispatcher));
    }

    private async Task StartAndFinishAsync(string id, Actor handler)
    {
        await _cases.StartCaseAsync(new StartCaseRequest { CaseId = id, RequestId = gateway.RequestId() }, By(handler));
        await FinishAsync(id, handler);
    }

    private async Task FinishAsync(string id, Actor handler) => await _cases.FinishCaseAsync(
        new FinishCaseRequest { CaseId = id, Result = "已处理完毕。", RequestId = gateway.RequestId() }, By(handler));

    private async Task VerifyAsync(string id, Actor verifier) => await _cases.VerifyCaseAsync(
        new VerifyCaseRequest { CaseId = id, Passed = true, Remark = "核查属实。", RequestId = gateway.RequestId() }, By(verifier));

    /// <summary>Verified and closed; then the one who reported is asked, unless nobody was (0).</summary>
    private async Task CloseAsync(string id, Actor verifier, int rating)
    {
        await VerifyAsync(id, verifier);
        if (rating > 0) await _cases.RateCaseAsync(new RateCaseRequest { CaseId = id, Rating = rating, RequestId = gateway.RequestId() }, By(verifier));
    }

    private Grpc.Core.CallOptions By(Actor actor) => actor.Calls.Options(cancellationToken);
}
