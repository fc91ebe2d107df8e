using Jiceng.Cadre.Teams.Domain;
using Jiceng.Domain;

namespace Jiceng.Cadre.Teams;

internal static class TeamMapper
{
    public static V1.OneShoulder ToMessage(this VillageTeam village) => new()
    {
        PlaceCode = village.PlaceCode,
        OrganizationId = village.OrganizationId.ToString(),
        SecretaryPersonId = village.SecretaryId?.ToString() ?? "",
        VillageHeadPersonId = village.VillageHeadId?.ToString() ?? "",
        OneShoulder_ = village.OneShoulder,
    };

    public static V1.TeamStructure ToMessage(this TeamStructure structure, DateOnly day) => new()
    {
        AsOfDate = Days.Text(day),
        HeadCount = structure.HeadCount,
        AverageAge = structure.AverageAge,
        AgesBelow = { structure.AgesBelow.Select(entry => new V1.AgeShare { AgeBelow = entry.Age, Share = entry.Share.ToMessage() }) },
        Educations =
        {
            structure.Educations.Select(entry => new V1.EducationShare
            {
                Education = (V1.Education)entry.Education,
                Share = entry.Share.ToMessage(),
            }),
        },
        Women = structure.Women.ToMessage(),
        OneShoulder = structure.OneShoulder.ToMessage(),
        Reserves = new V1.ReserveStructure
        {
            ReserveCount = structure.ReserveCount,
            PerVillage = structure.ReservesPerVillage,
            BelowTarget = structure.BelowReserveTarget.ToMessage(),
        },
    };

    public static V1.Share ToMessage(this Share share) => new() { Count = share.Count, Total = share.Total, Fraction = share.Fraction };
}
