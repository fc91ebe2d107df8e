using Jiceng.Cadre.Appointments;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Organizations;

/// <summary>Writes an organisation with its history, event and audit row.</summary>
internal static class OrganizationWriter
{
    public static async Task AddAsync(UnitOfWork work, Organization organization, string action, CancellationToken cancellationToken)
    {
        await OrganizationStore.InsertAsync(work, organization, cancellationToken);
        Publish(work, organization, action);
    }

    /// <summary>
    /// Writes the next state. Where kind or seat changed, the appointments that last are published again: their event says both, and
    /// who heads the grid follows from them.
    /// </summary>
    public static async Task SaveAsync(UnitOfWork work, Organization before, Organization after, string action, CancellationToken cancellationToken)
    {
        await OrganizationStore.UpdateAsync(work, after, cancellationToken);
        if (after.Seated != before.Seated || after.Kind != before.Kind)
            await AppointmentWriter.RepublishLastingAsync(work, after.Id, cancellationToken);
        Publish(work, after, action);
    }

    private static void Publish(UnitOfWork work, Organization organization, string action)
    {
        work.Publish(organization.Id.ToString(), organization.Place, organization.Version, organization.ToEvent());
        work.Audit(action, "organization", organization.Id.ToString(), organization.Place.Value);
    }
}
