using System.Collections.Immutable;
using System.Globalization;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Domain;

namespace Jiceng.Cadre.Teams.Domain;

/// <summary>A person in office on the day asked for, as recorded for that day.</summary>
internal readonly record struct TeamMember(DateOnly BirthDate, Sex Sex, Education Education);

/// <summary>A village with a seated organisation on the day asked for. Null: the post is vacant.</summary>
internal sealed record VillageTeam(string PlaceCode, Guid OrganizationId, Guid? SecretaryId, Guid? VillageHeadId, int Reserves)
{
    public bool OneShoulder => SecretaryId is not null && SecretaryId == VillageHeadId;
}

/// <summary>A part of a whole.</summary>
internal readonly record struct Share(int Count, int Total)
{
    /// <summary>Four decimals, rounded half up; empty for a part of nothing.</summary>
    public string Fraction => Total == 0 ? "" : TeamStructure.Rounded((decimal)Count / Total, 4);
}

/// <summary>Structure of the teams of a scope on a day (班子结构).</summary>
internal sealed record TeamStructure
{
    public required int HeadCount { get; init; }

    public required string AverageAge { get; init; }

    public required ImmutableArray<(int Age, Share Share)> AgesBelow { get; init; }

    public required ImmutableArray<(Education Education, Share Share)> Educations { get; init; }

    public required Share Women { get; init; }

    public required Share OneShoulder { get; init; }

    public required int ReserveCount { get; init; }

    public required string ReservesPerVillage { get; init; }

    public required Share BelowReserveTarget { get; init; }

    /// <summary>Reserves that each village should have (每村后备力量不少于三人).</summary>
    private const int ReserveTarget = 3;

    /// <param name="members">Each person in office once.</param>
    /// <param name="villages">The villages of the scope.</param>
    /// <param name="agesBelow">Ages below which to count.</param>
    public static TeamStructure On(
        DateOnly day, IReadOnlyCollection<TeamMember> members, IReadOnlyCollection<VillageTeam> villages, IEnumerable<int> agesBelow)
    {
        var ages = members.Select(member => Days.Age(member.BirthDate, day)).ToList();
        var reserves = villages.Sum(village => village.Reserves);
        return new TeamStructure
        {
            HeadCount = members.Count,
            AverageAge = ages.Count == 0 ? "" : Rounded((decimal)ages.Sum() / ages.Count, 2),
            AgesBelow = [.. agesBelow.Select(bound => (bound, new Share(ages.Count(age => age < bound), ages.Count)))],
            Educations = [.. members.GroupBy(member => member.Education).OrderBy(group => group.Key).Select(group => (group.Key, new Share(group.Count(), members.Count))),],
            Women = new Share(members.Count(member => member.Sex == Sex.Female), members.Count),
            OneShoulder = new Share(villages.Count(village => village.OneShoulder), villages.Count),
            ReserveCount = reserves,
            ReservesPerVillage = villages.Count == 0 ? "" : Rounded((decimal)reserves / villages.Count, 2),
            BelowReserveTarget = new Share(villages.Count(village => village.Reserves < ReserveTarget), villages.Count),
        };
    }

    public static string Rounded(decimal value, int decimals) =>
        Math.Round(value, decimals, MidpointRounding.AwayFromZero).ToString($"F{decimals}", CultureInfo.InvariantCulture);
}
