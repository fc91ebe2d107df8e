using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Grid;
using Jiceng.Grid.Subscriptions;
using Jiceng.Grid.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Grid.GridFixture;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>The head of a grid is the secretary of the organisation seated there, in whatever order cadre's events come.</summary>
public sealed class HeadTests(GridFixture grid) : IClassFixture<GridFixture>
{
    private static readonly DateOnly Today = ChinaTime.Day(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task AppointmentChanged_NewSecretary_BecomesHead()
    {
        var (first, second) = (NewId(), NewId());
        var old = Appointment("140224205201", first);
        await HearAsync(old);
        (await HeadAsync("140224205201")).ShouldBe(first);
        await HearAsync(Appointment("140224205201", second));
        await HearAsync(Ended(old));
        (await HeadAsync("140224205201")).ShouldBe(second);
    }

    [Fact]
    public async Task AppointmentChanged_OlderStateComesLast_ChangesNothing()
    {
        var appointment = Appointment("140224205202", NewId());
        await HearAsync(Ended(appointment));
        await HearAsync(appointment);
        (await HeadAsync("140224205202")).ShouldBe("");
    }

    [Fact]
    public async Task AppointmentChanged_OtherPost_IsNoHead()
    {
        var member = Appointment("140224206201", NewId());
        member.HeadsPlace = false;
        await HearAsync(member);
        (await HeadAsync("140224206201")).ShouldBe("");
    }

    [Fact]
    public async Task AppointmentChanged_SecretaryLeaves_LeavesTheGridWithoutHead()
    {
        var appointment = Appointment("140224206202", NewId());
        await HearAsync(appointment);
        await HearAsync(Ended(appointment));
        (await HeadAsync("140224206202")).ShouldBe("");
    }

    [Fact]
    public async Task Scan_AppointmentBeforeItsPlace_HeadIsSetOnceThePlaceIsThere()
    {
        var secretary = NewId();
        await HearAsync(Appointment("140224205230", secretary));
        await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [("140224205230", "新村")]);
        await grid.Run.Services.GetRequiredService<ScanJob>().ScanAsync(TestContext.Current.CancellationToken);
        (await HeadAsync("140224205230")).ShouldBe(secretary);
    }

    [Fact]
    public async Task AssignDuty_HeadOfAPlaceWithSecretary_IsRefusedAndSaysWhy()
    {
        var appointment = Appointment(OtherTownship, NewId());
        await HearAsync(appointment);
        var request = new AssignDutyRequest { NodeCode = OtherTownship, PersonId = NewId(), Role = "head" };
        var refused = await Refusal.OfAsync(grid.Nodes.AssignDutyAsync(request, grid.Organizer));
        refused.Info.Reason.ShouldBe("HEAD_FOLLOWS_APPOINTMENT");
        refused.Info.Metadata["appointment_id"].ShouldBe(appointment.AppointmentId);
    }

    [Fact]
    public async Task AppointmentChanged_StartsTomorrow_IsNotHeadYet()
    {
        var future = Appointment(Township, NewId());
        future.StartDate = Today.AddDays(1).ToString("O");
        await HearAsync(future);
        (await HeadAsync(Township)).ShouldBe("");
    }

    private static AppointmentChanged Appointment(string place, string person) => new()
    {
        AppointmentId = NewId(),
        PersonId = person,
        OrganizationId = NewId(),
        OrganizationKind = "village_branch",
        PlaceCode = place,
        Position = "secretary",
        HeadsPlace = true,
        StartDate = Today.AddDays(-30).ToString("O"),
        Sequence = 1,
    };

    private static AppointmentChanged Ended(AppointmentChanged appointment)
    {
        var ended = appointment.Clone();
        ended.EndDate = Today.AddDays(-1).ToString("O");
        ended.Sequence = 2;
        return ended;
    }

    private async Task<string> HeadAsync(string place) =>
        (await grid.Nodes.GetNodeAsync(new GetNodeRequest { Code = place }, grid.Organizer)).HeadPersonId;

    private async Task HearAsync(AppointmentChanged change)
    {
        var services = grid.Run.Services;
        var handler = new AppointmentChangedSubscription();
        var received = new Received<AppointmentChanged>
        {
            EventId = Guid.Parse(NewId()),
            Type = "jiceng.cadre.appointment.changed.v1",
            Subject = change.AppointmentId,
            Sequence = change.Sequence,
            Time = TimeProvider.System.GetUtcNow(),
            TraceId = "",
            Data = change,
        };
        await services.GetRequiredService<Database>().WriteAsync(
            new WriteContext("jiceng/cadre", "test"),
            async (work, token) =>
            {
                await handler.HandleAsync(received, work, token);
                return true;
            },
            TestContext.Current.CancellationToken);
    }
}
