using System.Collections.Immutable;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;

namespace Jiceng.Cadre.Appointments.Domain;

/// <summary>The numbers are those of the contract.</summary>
internal enum Position
{
    Secretary = 1,
    DeputySecretary = 2,
    CommitteeMember = 3,
    VillageHead = 4,
    DeputyVillageHead = 5,
    VillageCommitteeMember = 6,
    SupervisionHead = 7,
    FirstSecretary = 8,
    GovernmentHead = 9,
    DeputyGovernmentHead = 10,
    DepartmentHead = 11,
    DeputyDepartmentHead = 12,
    GroupLeader = 13,
    Staff = 14,
}

/// <summary>Which posts an organisation has, which of them take one holder, and which heads the grid.</summary>
internal static class Posts
{
    private static readonly ImmutableArray<Position> Committee =
        [Position.Secretary, Position.DeputySecretary, Position.CommitteeMember, Position.Staff];

    private static readonly ImmutableArray<Position> Government =
        [.. Committee, Position.GovernmentHead, Position.DeputyGovernmentHead];

    // The village committee has no organisation of its own here: its posts are held in the organisation seated in the village.
    private static readonly ImmutableArray<Position> Village =
    [
        .. Committee, Position.VillageHead, Position.DeputyVillageHead, Position.VillageCommitteeMember, Position.SupervisionHead,
        Position.FirstSecretary,
    ];

    public static bool TakesOneHolder(Position position) => position is
        Position.Secretary or Position.VillageHead or Position.SupervisionHead or Position.FirstSecretary or Position.GovernmentHead
        or Position.DepartmentHead or Position.GroupLeader;

    public static bool HeadsPlace(Position position, OrganizationKind kind, bool seated) =>
        seated && position == (kind == OrganizationKind.PartyGroup ? Position.GroupLeader : Position.Secretary);

    /// <summary>Refuses a post that the organisation does not have.</summary>
    public static void Check(Position position, Organization organization)
    {
        var allowed = Of(organization.Kind, organization.Seated);
        if (allowed.Contains(position))
            return;
        var words = string.Join(", ", allowed.Select(EnumNames.Of));
        throw CadreErrors.PostNotInOrganization
            .With(
                ("kind", EnumNames.Of(organization.Kind)),
                ("seated", organization.Seated ? "true" : "false"),
                ("position", EnumNames.Of(position)),
                ("allowed", words))
            .At("position", $"one of {words}");
    }

    private static ImmutableArray<Position> Of(OrganizationKind kind, bool seated) => kind switch
    {
        OrganizationKind.CountyCommittee or OrganizationKind.TownshipCommittee => Government,
        OrganizationKind.GeneralBranch or OrganizationKind.VillageBranch => seated ? Village : Committee,
        OrganizationKind.TemporaryBranch => Committee,
        OrganizationKind.Department => [.. Committee, Position.DepartmentHead, Position.DeputyDepartmentHead],
        _ => [Position.GroupLeader, Position.Staff],
    };
}
