using Jiceng.Grid.Cases.Domain;
using Shouldly;
using Xunit;
using static Jiceng.UnitTests.Grid.GridSamples;

namespace Jiceng.UnitTests.Grid;

/// <summary>A move carries its events, so that no writer can leave one out.</summary>
public sealed class CaseEventTests
{
    [Fact]
    public void Events_EveryMove_ReportsTheStep()
    {
        Verbs.Report(Guid.CreateVersion7(Monday), MicroGrid, "sanitation.rubbish", Urgency.Urgent, By(Worker)).Events
            .ShouldHaveSingleItem().ShouldBeOfType<CaseEvent.Changed>();
        Verbs.Accept(Reported(), By(Head, 1)).Events.ShouldHaveSingleItem().ShouldBeOfType<CaseEvent.Changed>();
        Verbs.Finish(Handling(), By(Worker, 4, "已清理")).Events.ShouldHaveSingleItem().ShouldBeOfType<CaseEvent.Changed>();
        Verbs.Fail(Handled(), By(Head, 5, "仍有垃圾")).Events.ShouldHaveSingleItem().ShouldBeOfType<CaseEvent.Changed>();
    }

    [Fact]
    public void Events_Pass_ReportsTheClosingAndWhoVerified() =>
        Verbs.Pass(Handled(), By(Head, 5)).Events.ShouldBe([new CaseEvent.Changed(), new CaseEvent.Closed(Head)]);

    [Fact]
    public void Events_Rate_ReportsTheRating() =>
        Verbs.Rate(Closed(), 5, By(Head, 6)).Events.ShouldBe([new CaseEvent.Changed(), new CaseEvent.Rated()]);

    [Fact]
    public void Events_AcceptDeadlinePassed_HoldsTheHeadResponsible()
    {
        var overdue = OverdueOf(CaseVerbs.Overdue(Reported(), Guid.Parse(Head), Monday.AddHours(3)));
        overdue.Stage.ShouldBe("accept");
        overdue.DueTime.ShouldBe(Monday.AddHours(2));
        overdue.ResponsibleIds.ShouldBe([Guid.Parse(Head)]);
        OverdueOf(CaseVerbs.Overdue(Reported(), null, Monday.AddHours(3))).ResponsibleIds.ShouldBeEmpty();
    }

    [Fact]
    public void Events_HandleDeadlinePassed_HoldsTheHandlersResponsibleWhoHaveNotFinished()
    {
        var started = Verbs.Start(Dispatched(Worker, Colleague), By(Worker, 3)).Case;
        var half = Verbs.Finish(started, By(Worker, 4, "完成一半")).Case;
        var overdue = OverdueOf(CaseVerbs.Overdue(half, Guid.Parse(Head), Monday.AddDays(9)));
        overdue.Stage.ShouldBe("handle");
        overdue.DueTime.ShouldBe(Monday.AddHours(1 + 24));
        overdue.ResponsibleIds.ShouldBe([Guid.Parse(Colleague)]);
    }

    private static CaseEvent.Overdue OverdueOf(CaseMove? move)
    {
        move.ShouldNotBeNull().Events[0].ShouldBeOfType<CaseEvent.Changed>();
        return move.Events[1].ShouldBeOfType<CaseEvent.Overdue>();
    }
}
