using Grpc.Core;
using Jiceng.Cadre.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Cadre.CadreCaller;
using static Jiceng.IntegrationTests.Cadre.CadreFixture;

namespace Jiceng.IntegrationTests.Cadre;

public class AppointmentTests(CadreFixture cadre) : IClassFixture<CadreFixture>
{
    [Fact]
    public async Task Appoint_Secretary_HeadsThePlaceAndIsTold()
    {
        var branch = await cadre.NewBranchAsync();
        var person = await cadre.Organizer.CreatePersonAsync(branch);
        var appointment = await cadre.Organizer.AppointAsync(person, branch, Position.Secretary);

        appointment.HeadsPlace.ShouldBeTrue();
        appointment.StartDate.ShouldBe(Today);
        appointment.PersonName.ShouldBe("张三");
        (await cadre.Organizer.Appointments.GetAppointmentAsync(new() { AppointmentId = appointment.AppointmentId })).ShouldBe(appointment);
        (await TellsAsync(appointment)).ShouldHaveSingleItem().ShouldBe(
            $$"""
            { "appointmentId": "{{appointment.AppointmentId}}", "personId": "{{person.PersonId}}", "organizationId": "{{branch.OrganizationId}}", "organizationKind": "village_branch", "placeCode": "{{branch.PlaceCode}}", "position": "secretary", "headsPlace": true, "startDate": "{{Today}}", "sequence": "1" }
            """);
    }

    [Fact]
    public async Task Appoint_SecondSecretary_IsRefusedNamingTheHolder()
    {
        var branch = await cadre.NewBranchAsync();
        var holder = await cadre.Organizer.AppointAsync(await cadre.Organizer.CreatePersonAsync(branch), branch, Position.Secretary);
        var second = await cadre.Organizer.CreatePersonAsync(branch);
        var refused = await Refusal.OfAsync(() => cadre.Organizer.AppointAsync(second, branch, Position.Secretary));
        (refused.Code, refused.Reason).ShouldBe((StatusCode.FailedPrecondition, "POST_TAKEN"));
        refused.Metadata["appointment_id"].ShouldBe(holder.AppointmentId);
    }

    [Fact]
    public async Task Appoint_ReplacingTheHolder_EndsHimTheDayBeforeInTheSameTransaction()
    {
        var branch = await cadre.NewBranchAsync();
        var holder = await cadre.Organizer.AppointAsync(
            await cadre.Organizer.CreatePersonAsync(branch), branch, Position.Secretary, DaysFromToday(-100));
        var next = await cadre.Organizer.AppointAsync(await cadre.Organizer.CreatePersonAsync(branch), branch, Position.Secretary, replace: true);

        var before = await cadre.Organizer.Appointments.GetAppointmentAsync(new() { AppointmentId = holder.AppointmentId });
        (before.EndDate, before.EndReason).ShouldBe((DaysFromToday(-1), EndReason.Replaced));
        (await TellsAsync(before))[1].ShouldContain($"\"endDate\": \"{DaysFromToday(-1)}\", \"sequence\": \"2\"");
        (await SecretariesAsync(branch, -1)).ShouldBe([holder.AppointmentId]);
        (await SecretariesAsync(branch, 0)).ShouldBe([next.AppointmentId]);
    }

    [Fact]
    public async Task Appoint_ManySecretariesAtTheSameTime_LeavesOne()
    {
        var branch = await cadre.NewBranchAsync();
        var persons = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => cadre.Organizer.CreatePersonAsync(branch)));
        var codes = await Task.WhenAll(persons.Select(async person =>
        {
            try
            {
                await cadre.Organizer.AppointAsync(person, branch, Position.Secretary);
                return StatusCode.OK;
            }
            catch (RpcException refused)
            {
                return refused.StatusCode;
            }
        }));
        codes.Order().ShouldBe([StatusCode.OK, .. Enumerable.Repeat(StatusCode.FailedPrecondition, 7)]);
        (await SecretariesAsync(branch, 0)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Appoint_SamePostTwice_IsRefused()
    {
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch);
        await cadre.Organizer.AppointAsync(person, cadre.VillageBranch, Position.CommitteeMember);
        (await Refusal.OfAsync(() => cadre.Organizer.AppointAsync(person, cadre.VillageBranch, Position.CommitteeMember, DaysFromToday(30))))
            .Reason.ShouldBe("POST_HELD_BY_PERSON");
        (await cadre.Organizer.AppointAsync(person, cadre.VillageBranch, Position.CommitteeMember, DaysFromToday(-60), DaysFromToday(-1))).EndReason
            .ShouldBe(EndReason.TermOver);
    }

    [Fact]
    public async Task Appoint_PersonUnknownOrOutsideTheScope_IsRefusedAlike()
    {
        var elsewhere = await cadre.Organizer.CreatePersonAsync(await cadre.Organizer.CreateAsync(OrganizationKind.TemporaryBranch, OtherTownship));
        var township = cadre.As("township_committee", Township);
        var outside = await Refusal.OfAsync(() => township.AppointAsync(elsewhere, cadre.VillageBranch, Position.Staff));
        var unknown = await Refusal.OfAsync(() => township.AppointAsync(new() { PersonId = NewId() }, cadre.VillageBranch, Position.Staff));
        outside.Reason.ShouldBe("OUT_OF_SCOPE");
        outside.Text.ShouldBe(unknown.Text);
    }

    [Theory]
    [InlineData("position", "ARGUMENT_REQUIRED")]
    [InlineData("foreign_post", "POST_NOT_IN_ORGANIZATION")]
    [InlineData("day", "ARGUMENT_INVALID")]
    [InlineData("far", "APPOINTMENT_DATES")]
    [InlineData("backwards", "APPOINTMENT_DATES")]
    [InlineData("no_reason", "ARGUMENT_REQUIRED")]
    [InlineData("reason_without_end", "ARGUMENT_INVALID")]
    public async Task Appoint_WrongField_IsRefused(string wrong, string reason)
    {
        var request = new AppointPersonRequest
        {
            PersonId = (await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch)).PersonId,
            OrganizationId = cadre.VillageBranch.OrganizationId,
            Position = Position.Staff,
            RequestId = NewId(),
        };
        _ = wrong switch
        {
            "position" => (object)(request.Position = Position.Unspecified),
            "foreign_post" => request.Position = Position.GovernmentHead,
            "day" => request.StartDate = "2026-2-30",
            "far" => request.StartDate = DaysFromToday(400),
            "backwards" => request.EndDate = SetReason(request, DaysFromToday(-1)),
            "no_reason" => request.EndDate = DaysFromToday(1),
            _ => request.EndReason = EndReason.Died,
        };
        (await Refusal.OfAsync(async () => await cadre.Organizer.Appointments.AppointPersonAsync(request))).Reason.ShouldBe(reason);

        static string SetReason(AppointPersonRequest request, string end)
        {
            request.EndReason = EndReason.TermOver;
            return end;
        }
    }

    [Fact]
    public async Task End_Twice_IsRefusedTheSecondTimeAndKeepsTheFirst()
    {
        var appointment = await StaffAsync(DaysFromToday(-10));
        var ended = await cadre.Organizer.EndAsync(appointment, DaysFromToday(-1));
        ended.EndReason.ShouldBe(EndReason.Resigned);
        var refused = await Refusal.OfAsync(() => cadre.Organizer.EndAsync(appointment));
        (refused.Code, refused.Reason).ShouldBe((StatusCode.FailedPrecondition, "APPOINTMENT_ENDED"));
        refused.Metadata["end_date"].ShouldBe(DaysFromToday(-1));
        (await TellsAsync(appointment)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task End_OnADayToCome_LastsUntilThenAndCanBeBroughtForward()
    {
        var appointment = await StaffAsync(DaysFromToday(-10));
        await cadre.Organizer.EndAsync(appointment, DaysFromToday(30));
        (await ListAsync(new() { PersonId = appointment.PersonId })).Count.ShouldBe(1);
        (await ListAsync(new() { PersonId = appointment.PersonId, AsOfDate = DaysFromToday(31) })).ShouldBeEmpty();
        (await Refusal.OfAsync(() => cadre.Organizer.EndAsync(appointment, DaysFromToday(31)))).Reason.ShouldBe("APPOINTMENT_ENDED");
        (await cadre.Organizer.EndAsync(appointment, DaysFromToday(5))).EndDate.ShouldBe(DaysFromToday(5));
    }

    [Fact]
    public async Task End_BeforeTheFirstDayWithoutReasonOrStale_IsRefused()
    {
        var appointment = await StaffAsync(DaysFromToday(-10));
        (await Refusal.OfAsync(() => cadre.Organizer.EndAsync(appointment, DaysFromToday(-11)))).Reason.ShouldBe("APPOINTMENT_DATES");
        (await Refusal.OfAsync(async () => await cadre.Organizer.Appointments.EndAppointmentAsync(
            new() { AppointmentId = appointment.AppointmentId, RequestId = NewId() }))).Reason.ShouldBe("ARGUMENT_REQUIRED");
        (await Refusal.OfAsync(async () => await cadre.Organizer.Appointments.EndAppointmentAsync(
            new() { AppointmentId = appointment.AppointmentId, EndReason = EndReason.Died, Etag = "7", RequestId = NewId() }))).Reason.ShouldBe("ETAG_MISMATCH");
        (await Refusal.OfAsync(() => cadre.As("township_committee", OtherTownship).EndAsync(appointment))).Reason.ShouldBe("OUT_OF_SCOPE");
        (await Refusal.OfAsync(() => cadre.As("village_secretary", Village).EndAsync(appointment))).Reason.ShouldBe("PERMISSION_MISSING");
    }

    [Fact]
    public async Task Appoint_FromADayToCome_IsToldNowAndInForceThen()
    {
        var appointment = await StaffAsync(DaysFromToday(20));
        (await TellsAsync(appointment)).ShouldHaveSingleItem().ShouldContain($"\"startDate\": \"{DaysFromToday(20)}\"");
        (await ListAsync(new() { PersonId = appointment.PersonId })).ShouldBeEmpty();
        (await ListAsync(new() { PersonId = appointment.PersonId, AsOfDate = DaysFromToday(20) })).Count.ShouldBe(1);
        (await ListAsync(new() { PersonId = appointment.PersonId, AllDays = true })).Count.ShouldBe(1);
    }

    [Fact]
    public async Task List_ByOrganizationPlaceAndPosition_StaysInScopeAndPages()
    {
        var branch = await cadre.NewBranchAsync();
        foreach (var position in (Position[])[Position.Secretary, Position.VillageHead, Position.CommitteeMember])
            await cadre.Organizer.AppointAsync(await cadre.Organizer.CreatePersonAsync(branch), branch, position);

        (await ListAsync(new() { PlaceCode = branch.PlaceCode })).Count.ShouldBe(3);
        (await ListAsync(new() { OrganizationId = branch.OrganizationId, Positions = { Position.VillageHead, Position.Secretary } })).Count.ShouldBe(2);
        var page = await cadre.Organizer.Appointments.ListAppointmentsAsync(new() { PlaceCode = branch.PlaceCode, PageSize = 2 });
        var rest = await cadre.Organizer.Appointments.ListAppointmentsAsync(
            new() { PlaceCode = branch.PlaceCode, PageSize = 2, PageToken = page.NextPageToken });
        page.Appointments.Concat(rest.Appointments).Select(appointment => appointment.AppointmentId).Distinct().Count().ShouldBe(3);
        (await cadre.As("auditor", OtherTownship).Appointments.ListAppointmentsAsync(new() { OrganizationId = branch.OrganizationId })).Appointments
            .ShouldBeEmpty();
        (await Refusal.OfAsync(() => ListAsync(new() { AllDays = true, AsOfDate = Today }))).Reason.ShouldBe("ARGUMENT_INVALID");
        (await Refusal.OfAsync(() => ListAsync(new() { PageSize = -1 }))).Reason.ShouldBe("ARGUMENT_INVALID");
    }

    private async Task<Appointment> StaffAsync(string start) => await cadre.Organizer.AppointAsync(
        await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch), cadre.VillageBranch, Position.Staff, start);

    private async Task<List<Appointment>> ListAsync(ListAppointmentsRequest request) =>
        [.. (await cadre.Organizer.Appointments.ListAppointmentsAsync(request)).Appointments];

    private async Task<List<string>> SecretariesAsync(Organization organization, int day) =>
        [
            .. (await ListAsync(new() { OrganizationId = organization.OrganizationId, Positions = { Position.Secretary }, AsOfDate = DaysFromToday(day) }))
                .Select(appointment => appointment.AppointmentId),
        ];

    private Task<List<string>> TellsAsync(Appointment appointment) => cadre.EventsAsync("appointment.changed.v1", appointment.AppointmentId);
}
