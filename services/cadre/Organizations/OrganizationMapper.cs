using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Events.V1;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Organizations;

internal static class OrganizationMapper
{
    public static V1.Organization ToMessage(this Organization organization) => new()
    {
        OrganizationId = organization.Id.ToString(),
        Name = organization.Name,
        Kind = (V1.OrganizationKind)organization.Kind,
        PlaceCode = organization.Place.Value,
        ParentId = organization.ParentId?.ToString() ?? "",
        OrganizationClass = (V1.OrganizationClass)organization.Class,
        State = (V1.OrganizationState)organization.State,
        RectificationPlan = organization.RectificationPlan,
        Seated = organization.Seated,
        EffectiveDate = Days.Text(organization.EffectiveDate),
        CreateTime = organization.CreateTime.ToTimestamp(),
        UpdateTime = organization.UpdateTime.ToTimestamp(),
        Etag = Etag.Of(organization.Version),
    };

    public static OrganizationChanged ToEvent(this Organization organization) => new()
    {
        OrganizationId = organization.Id.ToString(),
        Name = organization.Name,
        Kind = EnumNames.Of(organization.Kind),
        PlaceCode = organization.Place.Value,
        ParentId = organization.ParentId?.ToString() ?? "",
        State = EnumNames.Of(organization.State),
        Sequence = organization.Version,
    };
}
