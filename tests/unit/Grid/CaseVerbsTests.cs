using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;
using Shouldly;
using Xunit;
using static Jiceng.UnitTests.Grid.GridSamples;

namespace Jiceng.UnitTests.Grid;

public sealed class CaseVerbsTests
{
    [Fact]
    public void Report_UrgentCase_IsDueTwoHoursLaterRoundTheClock()
    {
        var reported = Reported();
        reported.State.ShouldBe(CaseState.Reported);
        reported.AcceptDue.ShouldBe(Monday.AddHours(2));
        reported.Owner.ShouldBe(MicroGrid);
        reported.Version.ShouldBe(1);
    }

    [Fact]
    public void Report_UnknownCategory_IsRefused() =>
        Refused(() => Verbs.Report(Guid.CreateVersion7(Monday), MicroGrid, "sanitation.nothing", Urgency.Normal, By(Worker))).ShouldBe("CATEGORY_UNKNOWN");

    [Fact]
    public void Pass_WholeLifecycle_ClosesInTimeWithEveryStepKept()
    {
        var moves = new List<CaseMove> { Verbs.Accept(Reported(), By(Head, 1)) };
        moves.Add(Verbs.Dispatch(moves[^1].Case, [new CasePart(Guid.Parse(Worker), "")], By(Head, 2)));
        moves.Add(Verbs.Start(moves[^1].Case, By(Worker, 3)));
        moves.Add(Verbs.Finish(moves[^1].Case, By(Worker, 4, "已清理")));
        moves.Add(Verbs.Pass(moves[^1].Case, By(Head, 5)));
        var closed = moves[^1].Case;
        closed.State.ShouldBe(CaseState.Closed);
        closed.OnTime.ShouldBeTrue();
        closed.CloseCount.ShouldBe(1);
        closed.CloseTime.ShouldBe(Monday.AddHours(5));
        closed.Parts[0].Result.ShouldBe("已清理");
        moves.Select(move => move.Case.Version).ShouldBe([2, 3, 4, 5, 6]);
        moves.Select(move => (move.Step.From, move.Step.To)).ShouldBe(
        [
            (CaseState.Reported, CaseState.Accepted), (CaseState.Accepted, CaseState.Dispatched), (CaseState.Dispatched, CaseState.Handling),
            (CaseState.Handling, CaseState.Handled), (CaseState.Handled, CaseState.Closed),
        ]);
    }

    [Fact]
    public void HandleOnTheSpot_Reporter_LeavesTheCaseToBeVerifiedByAnother()
    {
        var moves = Verbs.HandleOnTheSpot(Reported(), By(Worker, 0, "当场清理"));
        moves.Select(move => move.Step.Verb).ShouldBe([CaseVerb.Accept, CaseVerb.Dispatch, CaseVerb.Start, CaseVerb.Finish]);
        var handled = moves[^1].Case;
        handled.State.ShouldBe(CaseState.Handled);
        handled.OnTheSpot.ShouldBeTrue();
        Refused(() => Verbs.Pass(handled, By(Worker, 1))).ShouldBe("VERIFIER_IS_HANDLER");
        Verbs.Pass(handled, By(Head, 1)).Case.State.ShouldBe(CaseState.Closed);
    }

    [Fact]
    public void Escalate_OneLevelAtATime_UntilTheCounty()
    {
        var village = Verbs.Escalate(Accepted(), By(Head, 2, "超出能力")).Case;
        village.Owner.Value.ShouldBe("140224205201");
        var township = Verbs.Escalate(village, By(Head, 3)).Case;
        township.Owner.Value.ShouldBe("140224205");
        var county = Verbs.Escalate(township, By(Head, 4)).Case;
        county.Owner.Value.ShouldBe("140224");
        county.Node.ShouldBe(MicroGrid);
        Refused(() => Verbs.Escalate(county, By(Head, 5))).ShouldBe("CASE_AT_TOP");
    }

    [Fact]
    public void Dispatch_SameHandlerTwice_IsRefused() => Refused(() => Dispatched(Worker, Worker)).ShouldBe("HANDLER_TWICE");

    [Fact]
    public void Finish_SeveralParts_IsHandledWhenTheLastIs()
    {
        var dispatched = Dispatched(Worker, Colleague);
        var first = Verbs.Start(dispatched, By(Worker, 3)).Case;
        var half = Verbs.Finish(first, By(Worker, 4, "完成一半")).Case;
        half.State.ShouldBe(CaseState.Handling);
        half.HandleTime.ShouldBeNull();
        Refused(() => Verbs.Finish(half, By(Colleague, 5, "x"))).ShouldBe("PART_NOT_STARTED");
        Refused(() => Verbs.Finish(half, By(Worker, 5, "x"))).ShouldBe("PART_FINISHED");
        var whole = Verbs.Finish(Verbs.Start(half, By(Colleague, 5)).Case, By(Colleague, 6, "全部完成")).Case;
        whole.State.ShouldBe(CaseState.Handled);
        whole.HandleTime.ShouldBe(Monday.AddHours(6));
    }

    [Fact]
    public void Start_WhoWasNotGivenTheCase_IsRefused()
    {
        Refused(() => Verbs.Start(Dispatched(Worker), By(Colleague, 3))).ShouldBe("NOT_THE_HANDLER");
        Refused(() => Verbs.Return(Dispatched(Worker), By(Head, 3, "x"))).ShouldBe("NOT_THE_HANDLER");
        Refused(() => Verbs.Finish(Handling(), By(Colleague, 4, "x"))).ShouldBe("NOT_THE_HANDLER");
        Refused(() => Verbs.Start(Handling(), By(Worker, 4))).ShouldBe("PART_STARTED");
    }

    [Fact]
    public void Return_DispatchedCase_WaitsForAnotherHandler()
    {
        var returned = Verbs.Return(Dispatched(Worker), By(Worker, 3, "不属于本网格")).Case;
        returned.State.ShouldBe(CaseState.Accepted);
        returned.Parts.ShouldBeEmpty();
        Verbs.Dispatch(returned, [new CasePart(Guid.Parse(Colleague), "")], By(Head, 4)).Case.State.ShouldBe(CaseState.Dispatched);
    }

    [Fact]
    public void Resume_SuspendedTime_DoesNotCount()
    {
        var handling = Handling();
        var resumed = Verbs.Resume(Verbs.Suspend(handling, By(Head, 4, "等待配件")).Case, By(Head, 14)).Case;
        resumed.HandleDue.ShouldBe(handling.HandleDue!.Value.AddHours(10));
        resumed.SuspendTime.ShouldBeNull();
    }

    [Fact]
    public void Fail_VerifiedBad_GoesBackToTheSameHandlersUnderTheSameDeadline()
    {
        var handled = Handled();
        var failed = Verbs.Fail(handled, By(Head, 5, "仍有垃圾")).Case;
        failed.State.ShouldBe(CaseState.Dispatched);
        failed.ReworkCount.ShouldBe(1);
        failed.HandleDue.ShouldBe(handled.HandleDue);
        failed.HandleTime.ShouldBeNull();
        failed.Parts.ShouldHaveSingleItem().Started.ShouldBeFalse();
        Refused(() => Verbs.Fail(handled, By(Worker, 5, "x"))).ShouldBe("VERIFIER_IS_HANDLER");
    }

    [Fact]
    public void Reopen_WithinTheWindow_GetsANewDeadline()
    {
        var reopened = Verbs.Reopen(Closed(), By(Head, 24 * 7, "问题复发")).Case;
        reopened.State.ShouldBe(CaseState.Dispatched);
        reopened.CloseTime.ShouldBeNull();
        reopened.HandleDue.ShouldBe(Monday.AddHours((24 * 7) + 24));
        reopened.CloseCount.ShouldBe(1);
    }

    [Fact]
    public void Reopen_AfterTheWindow_IsRefused()
    {
        var late = new CaseAct(Head, Closed().CloseTime!.Value.AddDays(7).AddTicks(1), "问题复发");
        Refused(() => Verbs.Reopen(Closed(), late)).ShouldBe("REOPEN_WINDOW_PASSED");
        Verbs.Reopen(Closed(), late with { Time = late.Time.AddTicks(-1) }).Case.State.ShouldBe(CaseState.Dispatched);
    }

    [Fact]
    public void Rate_ClosedCase_OnceAndNotByAHandler()
    {
        Refused(() => Verbs.Rate(Closed(), 5, By(Worker, 6))).ShouldBe("RATER_IS_HANDLER");
        var rated = Verbs.Rate(Closed(), 5, By(Head, 6)).Case;
        rated.Rating.ShouldBe(5);
        Refused(() => Verbs.Rate(rated, 4, By(Head, 7))).ShouldBe("CASE_RATED");
    }

    [Fact]
    public void Overdue_AcceptDeadlinePassed_IsMarkedOnceAndGoesToTheNodeAbove()
    {
        CaseVerbs.Overdue(Reported(), null, Monday.AddHours(2)).ShouldBeNull();
        var late = CaseVerbs.Overdue(Reported(), null, Monday.AddHours(2).AddTicks(1)).ShouldNotBeNull();
        late.Step.Remark.ShouldBe("accept");
        late.Case.Owner.Value.ShouldBe("140224205201");
        late.Case.State.ShouldBe(CaseState.Reported);
        CaseVerbs.Overdue(late.Case, null, Monday.AddDays(9)).ShouldBeNull();
    }

    [Fact]
    public void Overdue_HandleDeadlinePassed_IsMarkedOnceForEachDeadline()
    {
        var due = Handling().HandleDue!.Value;
        CaseVerbs.Overdue(Handling(), null, due).ShouldBeNull();
        var late = CaseVerbs.Overdue(Handling(), null, due.AddTicks(1)).ShouldNotBeNull();
        late.Step.Remark.ShouldBe("handle");
        late.Case.Owner.ShouldBe(MicroGrid);
        CaseVerbs.Overdue(late.Case, null, due.AddDays(9)).ShouldBeNull();
        var closed = Verbs.Pass(Verbs.Finish(late.Case, new CaseAct(Worker, due.AddHours(1), "x")).Case, new CaseAct(Head, due.AddHours(2))).Case;
        closed.OnTime.ShouldBeFalse();
        var reopened = Verbs.Reopen(closed, new CaseAct(Head, due.AddHours(3), "x")).Case;
        CaseVerbs.Overdue(reopened, null, reopened.HandleDue!.Value.AddTicks(1)).ShouldNotBeNull();
    }

    [Fact]
    public void Overdue_SuspendedCase_IsNot() =>
        CaseVerbs.Overdue(Verbs.Suspend(Handling(), By(Head, 4, "x")).Case, null, Monday.AddYears(1)).ShouldBeNull();

    private static string Refused(Func<object?> act) => Should.Throw<ApiException>(() => act()).Reason.Reason;
}
