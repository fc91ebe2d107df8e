using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Appointments;

/// <summary>Writes an appointment with its history, event and audit row.</summary>
internal static class AppointmentWriter
{
    public static async Task AddAsync(UnitOfWork work, Appointment appointment, string action, CancellationToken cancellationToken)
    {
        await AppointmentStore.InsertAsync(work, appointment, cancellationToken);
        Publish(work, appointment);
        Audit(work, appointment, action);
    }

    /// <summary>Writes the change as the next version.</summary>
    /// <returns>That version.</returns>
    public static async Task<Appointment> SaveAsync(UnitOfWork work, Appointment changed, string action, CancellationToken cancellationToken)
    {
        var next = await SaveNextAsync(work, changed, cancellationToken);
        Audit(work, next, action);
        return next;
    }

    /// <summary>Publishes again everybody who is or will be in office in an organisation.</summary>
    public static async Task RepublishLastingAsync(UnitOfWork work, Guid organizationId, CancellationToken cancellationToken)
    {
        foreach (var lasting in await AppointmentStore.LockLastingAsync(work, organizationId, ChinaTime.Day(work.Now), cancellationToken))
            await SaveNextAsync(work, lasting, cancellationToken);
    }

    private static async Task<Appointment> SaveNextAsync(UnitOfWork work, Appointment changed, CancellationToken cancellationToken)
    {
        var next = changed with { UpdateTime = work.Now, UpdatedBy = work.CallerId, Version = changed.Version + 1 };
        await AppointmentStore.UpdateAsync(work, next, cancellationToken);
        Publish(work, next);
        return next;
    }

    private static void Publish(UnitOfWork work, Appointment appointment) =>
        work.Publish(appointment.Id.ToString(), appointment.Place, appointment.Version, appointment.ToEvent());

    private static void Audit(UnitOfWork work, Appointment appointment, string action) =>
        work.Audit(action, "appointment", appointment.Id.ToString(), appointment.Place.Value);
}
