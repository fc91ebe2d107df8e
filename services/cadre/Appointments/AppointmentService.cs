using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Cadre.Organizations;
using Jiceng.Cadre.Persons;
using Jiceng.Cadre.Teams;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Appointments;

internal sealed class AppointmentService(RpcWrites writes, Database database, TeamHandler teams, TimeProvider time)
    : V1.AppointmentService.AppointmentServiceBase
{
    private const int RemarkLimit = 500;

    public override Task<V1.Appointment> AppointPerson(V1.AppointPersonRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var today = ChinaTime.Day(work.Now);
            var organization = await OrganizationStore.LockAsync(work, Require.Id(request.OrganizationId, "organization_id"), token)
                ?? throw CommonErrors.OutOfScope.With(("field", "organization_id"));
            var person = await PersonStore.FindAsync(work.Connection, Require.Id(request.PersonId, "person_id"), token);
            if (person is null || !caller.Scope.Contains(person.Place))
                throw CommonErrors.OutOfScope.With(("field", "person_id"));
            var position = Require.Value<Position>(request.Position, "position");
            Posts.Check(position, organization);
            var endDate = Require.OptionalDate(request.EndDate, "end_date");
            var appointment = new Appointment
            {
                Id = Guid.CreateVersion7(work.Now),
                PersonId = person.Id,
                PersonName = person.Name,
                OrganizationId = organization.Id,
                OrganizationKind = organization.Kind,
                Place = organization.Place,
                Seated = organization.Seated,
                Position = position,
                Source = Require.Value<AppointmentSource>(request.Source, "source"),
                StartDate = Require.OptionalDate(request.StartDate, "start_date") ?? today,
                EndDate = endDate,
                EndReason = ReasonFor(endDate, request.EndReason),
                CreateTime = work.Now,
                UpdateTime = work.Now,
                UpdatedBy = caller.SubjectId,
                Version = 1,
            };
            appointment.CheckDays(today);
            var others = await AppointmentStore.LockPostAsync(work, organization.Id, position, token);
            if (appointment.Admit(others, request.ReplaceHolder) is { } replaced)
                await AppointmentWriter.SaveAsync(work, replaced, "appointment.replace", token);
            await AppointmentWriter.AddAsync(work, appointment, "appointment.appoint", token);
            return appointment.ToMessage();
        });

    public override Task<V1.Appointment> EndAppointment(V1.EndAppointmentRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var today = ChinaTime.Day(work.Now);
            var before = await AppointmentStore.LockAsync(work, Require.Id(request.AppointmentId, "appointment_id"), token)
                ?? throw CommonErrors.OutOfScope.With(("field", "appointment_id"));
            Etag.Check(request.Etag, before.Version);
            var ended = before.End(
                Require.OptionalDate(request.EndDate, "end_date") ?? today,
                RequiredReason(request.EndReason),
                Require.Optional(request.EndRemark, "end_remark", RemarkLimit),
                today);
            return (await AppointmentWriter.SaveAsync(work, ended, "appointment.end", token)).ToMessage();
        });

    public override async Task<V1.Appointment> GetAppointment(V1.GetAppointmentRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.AppointmentId, "appointment_id");
        var found = await database.ReadAsync(
            (connection, token) => AppointmentStore.FindAsync(connection, id, token), context.CancellationToken);
        return (found ?? throw CommonErrors.OutOfScope.With(("field", "appointment_id"))).ToMessage();
    }

    public override async Task<V1.ListAppointmentsResponse> ListAppointments(V1.ListAppointmentsRequest request, ServerCallContext context)
    {
        var day = Require.OptionalDate(request.AsOfDate, "as_of_date");
        if (request.AllDays && day is not null)
            throw Require.Invalid("as_of_date", "empty together with all_days");
        var within = context.Caller().Intersect(request.PlaceCode);
        var filter = new AppointmentFilter(
            Require.OptionalId(request.OrganizationId, "organization_id"),
            Require.OptionalId(request.PersonId, "person_id"),
            Require.Values<V1.Position, Position>(request.Positions, "positions"),
            request.AllDays ? null : day ?? ChinaTime.Day(time.GetUtcNow()));
        var page = PlacePage.Of(request, request.PageSize);
        var found = await database.ReadAsync(
            (connection, token) => AppointmentStore.ListAsync(connection, within, filter, page, token), context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, page.Limit, last => [last.Place.Value, last.Id.ToString()]);
        return new V1.ListAppointmentsResponse { Appointments = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
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
        ? throw CommonErrors.ArgumentRequired.With(("field", "end_reason")).At("end_reason", "the reason for the end")
        : Require.Value<EndReason>(given, "end_reason");
}
