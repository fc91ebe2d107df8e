using Jiceng.Domain;

namespace Jiceng.Cadre.Persons.Domain;

/// <summary>The numbers are those of the contract.</summary>
internal enum Sex
{
    Male = 1,
    Female = 2,
}

internal enum Education
{
    Unspecified = 0,
    Primary = 1,
    JuniorSecondary = 2,
    SeniorSecondary = 3,
    College = 4,
    Bachelor = 5,
    Postgraduate = 6,
}

internal enum PersonCategory
{
    LeadershipMember = 1,
    Official = 2,
    VillageSecretary = 3,
    TwoCommitteeMember = 4,
    Reserve = 5,
    VillageGraduate = 6,
    PartyMember = 7,
    MemberWithoutOffice = 8,
    LeftLeadingPost = 9,
    LocalTalent = 10,
    RespectedVillager = 11,
}

/// <summary>A person in one of the states of the record. Resident id and phone are here in their masked form only.</summary>
internal sealed record Person
{
    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required Guid OrganizationId { get; init; }

    public required PlaceCode Place { get; init; }

    public required Sex Sex { get; init; }

    public required DateOnly BirthDate { get; init; }

    public required Education Education { get; init; }

    public DateOnly? PartyJoinDate { get; init; }

    public required IReadOnlyList<PersonCategory> Categories { get; init; }

    public string MaskedResidentId { get; init; } = "";

    public string MaskedPhone { get; init; } = "";

    public required DateOnly EffectiveDate { get; init; }

    public required DateTimeOffset CreateTime { get; init; }

    public required DateTimeOffset UpdateTime { get; init; }

    public required string UpdatedBy { get; init; }

    public required long Version { get; init; }

    private const int PartyAge = 18;

    /// <summary>Refuses a party join date that the birth date forbids.</summary>
    public Person UnderRules(DateOnly today) =>
        PartyJoinDate is { } joined && (Days.Age(BirthDate, joined) < PartyAge || joined > today)
            ? throw CadreErrors.PartyJoinTooEarly.With().At("person.party_join_date", "a day since the 18th birthday, not later than today")
            : this;
}
