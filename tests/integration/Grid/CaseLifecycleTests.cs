using Grpc.Core;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.V1;
using Shouldly;
using Xunit;
using Case = Jiceng.Grid.V1.Case;
using static Jiceng.IntegrationTests.Grid.GridFixture;

namespace Jiceng.IntegrationTests.Grid;

public sealed class CaseLifecycleTests(GridFixture grid) : IClassFixture<GridFixture>
{
    private readonly string _worker = NewId();
    private readonly string _headId = NewId();

    private Metadata Head => grid.Run.As(_headId, "village_secretary", Village);

    private Metadata Worker => grid.Run.As(_worker, "grid_worker", MicroGrid);

    [Fact]
    public async Task VerifyCase_WholeLifecycle_ClosesTellsAndKeepsEveryStep()
    {
        var closed = await grid.CloseAsync(_worker, Head);
        closed.State.ShouldBe(CaseState.Closed);
        closed.Overdue.ShouldBeFalse();
        var steps = (await grid.Cases.ListCaseStepsAsync(new ListCaseStepsRequest { CaseId = closed.CaseId }, Head)).Steps;
        steps.Select(step => step.Verb).ShouldBe(["report", "accept", "dispatch", "start", "finish", "pass"]);
        steps.Select(step => step.Number).ShouldBe([1, 2, 3, 4, 5, 6]);
        steps[4].ActorId.ShouldBe(_worker);
        steps[4].Remark.ShouldBe("已清理");
        steps.ShouldAllBe(step => step.TraceId.Length == 32);

        var told = CaseClosed.Parser.ParseJson((await grid.Run.EventsAsync("jiceng.grid.case.closed.v1", closed.CaseId)).ShouldHaveSingleItem());
        told.HandlerIds.ShouldBe([_worker]);
        told.VerifierId.ShouldBe(_headId);
        told.OnTime.ShouldBeTrue();
        told.Sequence.ShouldBe(6);
        (await grid.Run.ColumnAsync("SELECT action FROM audit WHERE resource_id = $1 ORDER BY id", closed.CaseId))
            .ShouldBe(["case.report", "case.accept", "case.dispatch", "case.start", "case.finish", "case.pass"]);
    }

    [Fact]
    public async Task ReportCase_HandledOnTheSpot_IsVerifiedByAnother()
    {
        var request = new ReportCaseRequest
        {
            NodeCode = MicroGrid,
            Category = "service.care",
            Description = "独居老人需要送药",
            Result = new OnTheSpotResult { Result = "已送药上门" },
        };
        var handled = await grid.Cases.ReportCaseAsync(request, Worker);
        handled.State.ShouldBe(CaseState.Handled);
        handled.OnTheSpot.ShouldBeTrue();
        var both = grid.Run.As(_worker, "village_secretary", Village);
        var refused = await Refusal.OfAsync(grid.Cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = handled.CaseId, Passed = true }, both));
        refused.Info.Reason.ShouldBe("VERIFIER_IS_HANDLER");
        (await grid.Cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = handled.CaseId, Passed = true }, Head)).State.ShouldBe(CaseState.Closed);
    }

    [Fact]
    public async Task AcceptCase_StateForbids_NamesTheStateAndWhatItAllows()
    {
        var closed = await grid.CloseAsync(_worker, Head);
        var refused = await Refusal.OfAsync(grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = closed.CaseId }, Head));
        refused.Code.ShouldBe(StatusCode.FailedPrecondition);
        refused.Info.Domain.ShouldBe("grid.jiceng");
        refused.Info.Metadata["state"].ShouldBe("CLOSED");
        refused.Info.Metadata["allowed"].ShouldBe("rate, reopen");
        refused.Chinese.ShouldContain("rate, reopen");
    }

    [Fact]
    public async Task AcceptCase_ByManyAtOnce_HappensOnce()
    {
        var reported = await grid.ReportAsync();
        var calls = Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = reported.CaseId, RequestId = NewId() }, Head);
                return StatusCode.OK;
            }
            catch (RpcException refused)
            {
                return refused.StatusCode;
            }
        });
        var codes = await Task.WhenAll(calls);
        codes.Count(code => code == StatusCode.OK).ShouldBe(1);
        codes.Count(code => code == StatusCode.FailedPrecondition).ShouldBe(7);
    }

    [Fact]
    public async Task ReportCase_SameRequestIdAtOnce_ReportsOneCase()
    {
        var headers = Worker;
        var request = new ReportCaseRequest { NodeCode = MicroGrid, Category = "policy.question", Description = "医保怎么交", RequestId = NewId() };
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => grid.Cases.ReportCaseAsync(request, headers).ResponseAsync));
        answers.Select(answer => answer.CaseId).Distinct().ShouldHaveSingleItem();
        (await grid.Run.ColumnAsync("SELECT count(*) FROM grid_case WHERE reporter_id = $1", _worker)).ShouldBe(["1"]);
        request.Description = "别的事";
        var refused = await Refusal.OfAsync(grid.Cases.ReportCaseAsync(request, headers));
        (refused.Code, refused.Info.Reason).ShouldBe((StatusCode.InvalidArgument, "REQUEST_ID_REUSED"));
    }

    [Fact]
    public async Task EscalateCase_ToTheTownship_IsTheTownshipsToDecide()
    {
        var reported = await grid.ReportAsync();
        await grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = reported.CaseId }, Head);
        (await grid.Cases.EscalateCaseAsync(new EscalateCaseRequest { CaseId = reported.CaseId, Reason = "本组无力解决" }, Head)).OwnerCode.ShouldBe(Village);
        (await grid.Cases.EscalateCaseAsync(new EscalateCaseRequest { CaseId = reported.CaseId, Reason = "村里无力解决" }, Head)).OwnerCode.ShouldBe(Township);
        var dispatch = new DispatchCaseRequest { CaseId = reported.CaseId, Assignments = { new Assignment { HandlerId = _worker, Task = "联系施工队" } } };
        var refused = await Refusal.OfAsync(grid.Cases.DispatchCaseAsync(dispatch, Head));
        (refused.Code, refused.Info.Reason).ShouldBe((StatusCode.PermissionDenied, "OUT_OF_SCOPE"));
        var township = grid.Run.As(NewId(), "township_committee", Township);
        (await grid.Cases.DispatchCaseAsync(dispatch, township)).State.ShouldBe(CaseState.Dispatched);
        (await grid.Cases.GetCaseAsync(new GetCaseRequest { CaseId = reported.CaseId }, Head)).OwnerCode.ShouldBe(Township);
    }

    [Fact]
    public async Task StartCase_HandlerOfAnotherVillage_MayHandleWhatWasGiven()
    {
        var stranger = NewId();
        var given = await grid.DispatchAsync(stranger, Head);
        var theirs = grid.Run.As(stranger, "grid_worker", "140224206201001");
        (await grid.Cases.StartCaseAsync(new StartCaseRequest { CaseId = given.CaseId }, theirs)).State.ShouldBe(CaseState.Handling);
        var other = grid.Run.As(NewId(), "grid_worker", "140224206201001");
        var refused = await Refusal.OfAsync(grid.Cases.FinishCaseAsync(new FinishCaseRequest { CaseId = given.CaseId, Result = "x" }, other));
        refused.Info.Reason.ShouldBe("OUT_OF_SCOPE");
        var colleague = grid.Run.As(NewId(), "grid_worker", MicroGrid);
        refused = await Refusal.OfAsync(grid.Cases.FinishCaseAsync(new FinishCaseRequest { CaseId = given.CaseId, Result = "x" }, colleague));
        (refused.Code, refused.Info.Reason).ShouldBe((StatusCode.PermissionDenied, "NOT_THE_HANDLER"));
    }

    [Fact]
    public async Task Verbs_EveryOtherWay_LeadWhereThePictureSays()
    {
        var rejected = await grid.ReportAsync();
        (await grid.Cases.RejectCaseAsync(new RejectCaseRequest { CaseId = rejected.CaseId, Reason = "重复上报" }, Head)).State.ShouldBe(CaseState.Rejected);

        var voided = await grid.ReportAsync();
        await grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = voided.CaseId }, Head);
        (await grid.Cases.VoidCaseAsync(new VoidCaseRequest { CaseId = voided.CaseId, Reason = "误立" }, Head)).State.ShouldBe(CaseState.Voided);

        var given = await grid.DispatchAsync(_worker, Head);
        (await grid.Cases.ReturnCaseAsync(new ReturnCaseRequest { CaseId = given.CaseId, Reason = "不属于本网格" }, Worker)).State.ShouldBe(CaseState.Accepted);

        var rested = await grid.DispatchAsync(_worker, Head);
        var started = await grid.Cases.StartCaseAsync(new StartCaseRequest { CaseId = rested.CaseId }, Worker);
        var suspended = await grid.Cases.SuspendCaseAsync(new SuspendCaseRequest { CaseId = rested.CaseId, Reason = "等待配件" }, Head);
        suspended.State.ShouldBe(CaseState.Suspended);
        suspended.HandleDueTime.ShouldBeNull();
        var resumed = await grid.Cases.ResumeCaseAsync(new ResumeCaseRequest { CaseId = rested.CaseId }, Head);
        resumed.State.ShouldBe(CaseState.Handling);
        (resumed.HandleDueTime >= started.HandleDueTime).ShouldBeTrue();
        await grid.Cases.FinishCaseAsync(new FinishCaseRequest { CaseId = rested.CaseId, Result = "已修好" }, Worker);
        var failed = await grid.Cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = rested.CaseId, Remark = "仍未修好" }, Head);
        (failed.State, failed.ReworkCount).ShouldBe((CaseState.Dispatched, 1));

        var closed = await grid.CloseAsync(_worker, Head);
        var rated = await grid.Cases.RateCaseAsync(new RateCaseRequest { CaseId = closed.CaseId, Rating = 5 }, Head);
        rated.Rating.ShouldBe(5);
        (await grid.Run.EventsAsync("jiceng.grid.case.rated.v1", closed.CaseId)).Count.ShouldBe(1);
        (await grid.Cases.ReopenCaseAsync(new ReopenCaseRequest { CaseId = closed.CaseId, Reason = "问题复发" }, Head)).State.ShouldBe(CaseState.Dispatched);
    }

    [Fact]
    public async Task Verbs_BadInput_SayWhatIsWrong()
    {
        var reported = await grid.ReportAsync();
        await ExpectAsync("ETAG_MISMATCH", StatusCode.Aborted, grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = reported.CaseId, Etag = "7" }, Head));
        await ExpectAsync("ARGUMENT_REQUIRED", StatusCode.InvalidArgument, grid.Cases.RejectCaseAsync(new RejectCaseRequest { CaseId = reported.CaseId }, Head));
        await ExpectAsync("ARGUMENT_INVALID", StatusCode.InvalidArgument, grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = "7" }, Head));
        await ExpectAsync("OUT_OF_SCOPE", StatusCode.PermissionDenied, grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = NewId() }, Head));
        await ExpectAsync("ARGUMENT_INVALID", StatusCode.InvalidArgument, grid.Cases.DispatchCaseAsync(new DispatchCaseRequest { CaseId = reported.CaseId }, Head));
        await ExpectAsync("CATEGORY_UNKNOWN", StatusCode.InvalidArgument, grid.Cases.ReportCaseAsync(
            new ReportCaseRequest { NodeCode = MicroGrid, Category = "x", Description = "x" }, Worker));
        await ExpectAsync("NODE_NOT_FOUND", StatusCode.NotFound, grid.Cases.ReportCaseAsync(
            new ReportCaseRequest { NodeCode = Village + "999", Category = "policy.question", Description = "x" }, Head));
        await ExpectAsync("ARGUMENT_TOO_LONG", StatusCode.InvalidArgument, grid.Cases.ReportCaseAsync(
            new ReportCaseRequest { NodeCode = MicroGrid, Category = "policy.question", Description = new string('长', 2001) }, Worker));
        await ExpectAsync("ARGUMENT_INVALID", StatusCode.InvalidArgument, grid.Cases.ReportCaseAsync(
            new ReportCaseRequest { NodeCode = MicroGrid, Category = "policy.question", Description = "a\0b" }, Worker));
        await ExpectAsync("ARGUMENT_INVALID", StatusCode.InvalidArgument, grid.Cases.ReportCaseAsync(
            new ReportCaseRequest { NodeCode = MicroGrid, Category = "policy.question", Description = "x", Attachments = { new Attachment { Uri = "file:///etc/passwd" } } }, Worker));
    }

    private static async Task ExpectAsync(string reason, StatusCode code, AsyncUnaryCall<Case> call)
    {
        var refused = await Refusal.OfAsync(call);
        (refused.Info.Reason, refused.Code).ShouldBe((reason, code));
    }
}
