using Jiceng.Cadre.V1;
using Jiceng.Cli.Demo;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class SamplePeopleTests
{
    // The example of the standard GB 11643-1999.
    [Fact]
    public void ResidentId_ExampleOfTheStandard_HasItsCheckDigit() =>
        SamplePeople.ResidentId("110105", new DateOnly(1949, 12, 31), 2).ShouldBe("11010519491231002X");

    [Fact]
    public void Make_SameNumber_IsDeterministic() =>
        SamplePeople.Make(7, "140224", "o", PersonCategory.Official).ShouldBe(SamplePeople.Make(7, "140224", "o", PersonCategory.Official));

    [Fact]
    public void Make_PeopleOfTheSample_HaveUniqueResidentIds() =>
        Enumerable.Range(1, 500).Select(n => SamplePeople.Make(n, "140224", "o").PersonalFields.ResidentId).ShouldBeUnique();

    // A worker and the secretary of the same village are different people: handlers do not verify their own work.
    [Fact]
    public void Name_WorkersAndSecretaries_Differ() => Enumerable.Range(400, 24).Select(SamplePeople.Name)
        .Intersect(Enumerable.Range(100, 200).Select(SamplePeople.Name)).ShouldBeEmpty();

    [Fact]
    public void Name_LeadershipMembersOfShangan_AreElevenNames() => Enumerable.Range(9_000, 11).Select(SamplePeople.Name).ShouldBeUnique();
}
