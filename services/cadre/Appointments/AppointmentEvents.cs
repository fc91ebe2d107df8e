using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Appointments;

internal static class AppointmentEvents
{
    public static void Changed(UnitOfWork work, Appointment appointment) => work.Publish(
        appointment.Id.ToString(),
        appointment.Place,
        appointment.Version,
        new AppointmentChanged
        {
            AppointmentId = appointment.Id.ToString(),
            PersonId = appointment.PersonId.ToString(),
            OrganizationId = appointment.OrganizationId.ToString(),
            OrganizationKind = Words.Of(appointment.OrganizationKind),
            PlaceCode = appointment.Place.Value,
            Position = Words.Of(appointment.Position),
            HeadsPlace = appointment.HeadsPlace,
            StartDate = Days.Text(appointment.StartDate),
            EndDate = Days.Text(appointment.EndDate),
            Sequence = appointment.Version,
        });

    /// <summary>
    /// Tells again of everybody who is or will be in office in an organisation whose kind or seat changed: an appointment's event says
    /// both, and who heads the grid follows from them.
    /// </summary>
    public static async Task OrganizationChangedAsync(UnitOfWork work, Guid organizationId, CancellationToken token)
    {
        foreach (var lasting in await AppointmentStore.LockLastingAsync(work, organizationId, ChinaTime.Day(work.Now), token))
        {
            var told = lasting with { UpdateTime = work.Now, UpdatedBy = work.CallerId, Version = lasting.Version + 1 };
            await AppointmentStore.UpdateAsync(work, told, token);
            Changed(work, told);
        }
    }
}
