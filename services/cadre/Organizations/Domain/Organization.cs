using Jiceng.Domain;

namespace Jiceng.Cadre.Organizations.Domain;

/// <summary>The numbers are those of the contract.</summary>
internal enum OrganizationKind
{
    CountyCommittee = 1,
    TownshipCommittee = 2,
    GeneralBranch = 3,
    VillageBranch = 4,
    PartyGroup = 5,
    ChainGroup = 6,
    TemporaryBranch = 7,
    Department = 8,
}

internal enum OrganizationClass
{
    Unspecified = 0,
    First = 1,
    Second = 2,
    Third = 3,
}

internal enum OrganizationState
{
    Normal = 1,
    Weak = 2,
}

/// <summary>A party organisation in one of its states. A change makes a new state; the store keeps every one.</summary>
internal sealed record Organization
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required OrganizationKind Kind { get; init; }

    public required PlaceCode Place { get; init; }

    public Guid? ParentId { get; init; }

    public required OrganizationClass Class { get; init; }

    public required OrganizationState State { get; init; }

    public string RectificationPlan { get; init; } = "";

    public bool Seated { get; init; }

    public required DateOnly EffectiveDate { get; init; }

    public required DateTimeOffset CreateTime { get; init; }

    public required DateTimeOffset UpdateTime { get; init; }

    public required string UpdatedBy { get; init; }

    public required long Version { get; init; }

    /// <summary>This organisation with what the rules derive from kind, place and parent.</summary>
    /// <param name="parent">Its parent; null for the topmost.</param>
    public Organization UnderRules(Organization? parent)
    {
        if (LevelOf(Kind) is { } level && Place.Level != level)
        {
            throw CadreErrors.OrganizationKindLevel
                .With(("kind", EnumNames.Of(Kind)), ("place_code", Place.Value), ("digits", $"{(int)level}"))
                .At("organization.place_code", $"a place of {(int)level} digits, or another kind");
        }

        if (parent is not null && !parent.Place.Contains(Place))
        {
            throw CadreErrors.ParentTerritory
                .With(("parent_place_code", parent.Place.Value), ("place_code", Place.Value))
                .At("organization.parent_id", "an organisation whose territory contains the place");
        }

        return this with { ParentId = parent?.Id, Seated = IsSeat(Kind, Place.Level) && parent?.Place != Place };
    }

    /// <summary>The organisation in another state.</summary>
    public Organization In(OrganizationState state, string plan)
    {
        if (State == state)
            throw CadreErrors.OrganizationStateSame.With(("state", EnumNames.Of(state)));
        return this with { State = state, RectificationPlan = PlanFor(state, plan, "rectification_plan") };
    }

    /// <summary>The plan that belongs to the state: a weak organisation has one, another has none.</summary>
    public static string PlanFor(OrganizationState state, string plan, string field)
    {
        if (state == OrganizationState.Weak && plan.Length == 0)
            throw CommonErrors.ArgumentRequired.With(("field", field)).At(field, "the rectification plan of a weak organisation");
        if (state == OrganizationState.Normal && plan.Length > 0)
        {
            throw CommonErrors.ArgumentInvalid.With(("field", field), ("expected", "empty for an organisation in state normal"))
                .At(field, "empty for an organisation in state normal");
        }

        return plan;
    }

    private static PlaceLevel? LevelOf(OrganizationKind kind) => kind switch
    {
        OrganizationKind.CountyCommittee or OrganizationKind.Department => PlaceLevel.County,
        OrganizationKind.TownshipCommittee => PlaceLevel.Township,
        OrganizationKind.VillageBranch => PlaceLevel.Village,
        _ => null,
    };

    private static bool IsSeat(OrganizationKind kind, PlaceLevel level) => (kind, level) is
        (OrganizationKind.CountyCommittee, PlaceLevel.County)
        or (OrganizationKind.TownshipCommittee, PlaceLevel.Township)
        or (OrganizationKind.GeneralBranch or OrganizationKind.VillageBranch, PlaceLevel.Village)
        or (OrganizationKind.PartyGroup, PlaceLevel.MicroGrid);
}
