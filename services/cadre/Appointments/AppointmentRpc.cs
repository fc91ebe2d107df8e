using Grpc.Core;
using Jiceng.Cadre.Organizations;
using Jiceng.Cadre.Persons;
using Jiceng.Cadre.Teams;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using static Jiceng.Cadre.CadreRpc;

namespace Jiceng.Cadre.Appointments;

internal sealed class AppointmentRpc(RpcWrites writes, Database database, TeamRpc teams, TimeProvider time)
    : V1.AppointmentService.AppointmentServiceBase
{
    private const int RemarkLimit = 500;

    public override Task<V1.Appointment> AppointPerson(V1.AppointPersonRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var today = ChinaTime.Day(work.Now);
            var organization = await OrganizationStore.LockAsync(work, Require.Id(request.OrganizationId, "organization_id"), token)
                ?? throw OutOfScope("organization_id");
            var person = await PersonStore.FindAsync(work.Connection, Require.Id(request.PersonId, "person_id"), token);
            if (person is null || !caller.Scope.Contains(person.Place))
                throw OutOfScope("person_id");
            var position = Value<Position>(request.Position, "position");
            Posts.Check(position, organization);
            var endDate = DayOrNone(request.EndDate, "end_date");
            var appointment = new Appointment(
                Guid.CreateVersion7(work.Now),
                person.Id,
                person.Name,
                organization.Id,
                organization.Kind,
                organization.Place,
                organization.Seated,
                position,
                Value<AppointmentSource>(request.Source, "source"),
                DayOrNone(request.StartDate, "start_date") ?? today,
                endDate,
                ReasonFor(endDate, request.EndReason),
                "",
                work.Now,
                work.Now,
                caller.SubjectId,
                Version: 1);
            appointment.CheckDays(today);
            var others = await AppointmentStore.LockPostAsync(work, organization.Id, position, token);
            if (appointment.Admit(others, request.ReplaceHolder) is { } replaced)
                await EndAsync(work, replaced, "appointment.replace", token);
            await AppointmentStore.InsertAsync(work, appointment, token);
            return Recorded(work, appointment, "appointment.appoint");
        });

    public override Task<V1.Appointment> EndAppointment(V1.EndAppointmentRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var today = ChinaTime.Day(work.Now);
            var before = await AppointmentStore.LockAsync(work, Require.Id(request.AppointmentId, "appointment_id"), token)
                ?? throw OutOfScope("appointment_id");
            Etag.Check(request.Etag, before.Version);
            var ended = before.End(
                DayOrNone(request.EndDate, "end_date") ?? today,
                RequiredReason(request.EndReason),
                Require.Optional(request.EndRemark, "end_remark", RemarkLimit),
                today);
            return await EndAsync(work, ended, "appointment.end", token);
        });

    public override async Task<V1.Appointment> GetAppointment(V1.GetAppointmentRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.AppointmentId, "appointment_id");
        var found = await database.ReadAsync(
            (connection, token) => AppointmentStore.FindAsync(connection, id, token), context.CancellationToken);
        return ToWire(found ?? throw OutOfScope("appointment_id"));
    }

    public override async Task<V1.ListAppointmentsResponse> ListAppointments(V1.ListAppointmentsRequest request, ServerCallContext context)
    {
        var day = DayOrNone(request.AsOfDate, "as_of_date");
        if (request.AllDays && day is not null)
            throw Require.Invalid("as_of_date", "empty together with all_days");
        var ranges = Ranges.Of(context.Caller().Intersect(request.PlaceCode));
        var filter = new AppointmentFilter(
            IdOrNone(request.OrganizationId, "organization_id"),
            IdOrNone(request.PersonId, "person_id"),
            Values<V1.Position, Position>(request.Positions, "positions"),
            request.AllDays ? null : day ?? ChinaTime.Day(time.GetUtcNow()));
        var page = PlacePage(request, request.PageSize);
        var found = await database.ReadAsync(
            (connection, token) => AppointmentStore.ListAsync(connection, ranges, filter, page, token), context.CancellationToken);
        var next = NextToken(request, found, page.Size, last => [last.Place.Value, last.Id.ToString()]);
        return new V1.ListAppointmentsResponse { Appointments = { found.Select(ToWire) }, NextPageToken = next };
    }

    public override Task<V1.ListOneShoulderResponse> ListOneShoulder(V1.ListOneShoulderRequest request, ServerCallContext context) =>
        teams.ListOneShoulderAsync(request, context);

    public override Task<V1.TeamStructure> GetTeamStructure(V1.GetTeamStructureRequest request, ServerCallContext context) =>
        teams.GetStructureAsync(request, context);

    private static EndReason ReasonFor(DateOnly? endDate, V1.EndReason given)
    {
        if (endDate is not null)
            return RequiredReason(given);
        return given == V1.EndReason.Unspecified
            ? EndReason.Unspecified
            : throw Require.Invalid("end_reason", "unspecified without an end_date");
    }

    private static EndReason RequiredReason(V1.EndReason given) => given == V1.EndReason.Unspecified
        ? throw CommonErrors.ArgumentRequired.With(("field", "end_reason")).At("end_reason", "why the appointment ends")
        : Value<EndReason>(given, "end_reason");

    private static async Task<V1.Appointment> EndAsync(UnitOfWork work, Appointment ended, string action, CancellationToken token)
    {
        var after = ended with { UpdateTime = work.Now, UpdatedBy = work.CallerId, Version = ended.Version + 1 };
        await AppointmentStore.UpdateAsync(work, after, token);
        return Recorded(work, after, action);
    }

    private static V1.Appointment Recorded(UnitOfWork work, Appointment appointment, string action)
    {
        AppointmentEvents.Changed(work, appointment);
        work.Audit(action, "appointment", appointment.Id.ToString(), appointment.Place.Value);
        return ToWire(appointment);
    }

    private static V1.Appointment ToWire(Appointment a) => new()
    {
        AppointmentId = a.Id.ToString(),
        PersonId = a.PersonId.ToString(),
        PersonName = a.PersonName,
        OrganizationId = a.OrganizationId.ToString(),
        PlaceCode = a.Place.Value,
        Position = (V1.Position)a.Position,
        Source = (V1.AppointmentSource)a.Source,
        StartDate = Days.Text(a.StartDate),
        EndDate = Days.Text(a.EndDate),
        EndReason = (V1.EndReason)a.EndReason,
        EndRemark = a.EndRemark,
        HeadsPlace = a.HeadsPlace,
        CreateTime = Time(a.CreateTime),
        UpdateTime = Time(a.UpdateTime),
        Etag = Etag.Of(a.Version),
    };
}
