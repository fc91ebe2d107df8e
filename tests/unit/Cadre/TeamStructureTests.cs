using Jiceng.Cadre.Persons.Domain;
using Jiceng.Cadre.Teams.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cadre;

public class TeamStructureTests
{
    private static readonly DateOnly Day = new(2026, 3, 31);

    [Fact]
    public void On_ThirtyFifthBirthday_CountsBelowTheDayBeforeOnly()
    {
        TeamMember[] members = [Member("1991-03-31")];
        TeamStructure.On(Day.AddDays(-1), members, [], [35]).AgesBelow.ShouldBe([(35, new Share(1, 1))]);
        TeamStructure.On(Day, members, [], [35]).AgesBelow.ShouldBe([(35, new Share(0, 1))]);
    }

    [Fact]
    public void On_SeveralMembers_GivesAverageAndSharesAsExactDecimals()
    {
        var structure = TeamStructure.On(
            Day,
            [
                Member("1991-03-31", Education.College), Member("1985-01-01", Education.SeniorSecondary, Sex.Female),
                Member("1970-06-30", Education.College),
            ],
            [],
            [35, 45]);

        structure.HeadCount.ShouldBe(3);
        structure.AverageAge.ShouldBe("43.67"); // 35 + 41 + 55 = 131
        structure.AgesBelow.ShouldBe([(35, new Share(0, 3)), (45, new Share(2, 3))]);
        structure.AgesBelow[1].Share.Fraction.ShouldBe("0.6667");
        structure.Educations.ShouldBe([(Education.SeniorSecondary, new Share(1, 3)), (Education.College, new Share(2, 3))]);
        structure.Women.Fraction.ShouldBe("0.3333");
    }

    [Fact]
    public void On_HalfOfTheLastDecimal_RoundsUp() => new Share(1, 32).Fraction.ShouldBe("0.0313"); // 0.03125

    [Fact]
    public void On_PublishedShareOfPeicheng_IsReproduced() => new Share(10, 24).Fraction.ShouldBe("0.4167");

    [Fact]
    public void On_Nobody_LeavesAveragesAndSharesEmpty()
    {
        var structure = TeamStructure.On(Day, [], [], [35]);
        structure.AverageAge.ShouldBe("");
        structure.AgesBelow[0].Share.Fraction.ShouldBe("");
        structure.OneShoulder.Fraction.ShouldBe("");
        structure.ReservesPerVillage.ShouldBe("");
    }

    [Fact]
    public void On_Villages_CountOneShoulderAndReserves()
    {
        var (zhang, li) = (Guid.CreateVersion7(DateTimeOffset.UnixEpoch), Guid.CreateVersion7(DateTimeOffset.UnixEpoch));
        var structure = TeamStructure.On(
            Day, [], [Village(zhang, zhang, 3), Village(zhang, li, 2), Village(null, null, 0), Village(li, null, 5)], []);

        structure.OneShoulder.ShouldBe(new Share(1, 4));
        structure.ReserveCount.ShouldBe(10);
        structure.ReservesPerVillage.ShouldBe("2.50");
        structure.BelowReserveTarget.ShouldBe(new Share(2, 4));
    }

    private static VillageTeam Village(Guid? secretary, Guid? head, int reserves) =>
        new("140224205201", Guid.Empty, secretary, head, reserves);

    private static TeamMember Member(string birth, Education education = Education.Unspecified, Sex sex = Sex.Male) =>
        new(DateOnly.Parse(birth, System.Globalization.CultureInfo.InvariantCulture), sex, education);
}
