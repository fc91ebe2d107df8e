using Jiceng.Cadre.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Organizations;

internal static class OrganizationEvents
{
    public static void Changed(UnitOfWork work, Organization organization) => work.Publish(
        organization.Id.ToString(),
        organization.Place,
        organization.Version,
        new OrganizationChanged
        {
            OrganizationId = organization.Id.ToString(),
            Name = organization.Name,
            Kind = Words.Of(organization.Kind),
            PlaceCode = organization.Place.Value,
            ParentId = CadreRpc.Id(organization.ParentId),
            State = Words.Of(organization.State),
            Sequence = organization.Version,
        });
}
