using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Cadre.CadreCaller;
using static Jiceng.IntegrationTests.Cadre.CadreFixture;

namespace Jiceng.IntegrationTests.Cadre;

public class TeamTests(CadreFixture cadre) : IClassFixture<CadreFixture>
{
    [Fact]
    public async Task ListOneShoulder_OnTheDaysAroundAChange_FollowsTheAppointments()
    {
        var branch = await cadre.NewBranchAsync();
        var (zhang, li) = (await cadre.Organizer.CreatePersonAsync(branch), await cadre.Organizer.CreatePersonAsync(branch));
        await cadre.Organizer.AppointAsync(zhang, branch, Position.Secretary, DaysFromToday(-100));
        await cadre.Organizer.AppointAsync(li, branch, Position.VillageHead, DaysFromToday(-100), DaysFromToday(-51));
        await cadre.Organizer.AppointAsync(zhang, branch, Position.VillageHead, DaysFromToday(-50), DaysFromToday(-10));

        (await OnAsync(-101)).ShouldBe(("", "", false));
        (await OnAsync(-51)).ShouldBe((zhang.PersonId, li.PersonId, false));
        (await OnAsync(-50)).ShouldBe((zhang.PersonId, zhang.PersonId, true));
        (await OnAsync(-10)).ShouldBe((zhang.PersonId, zhang.PersonId, true));
        (await OnAsync(-9)).ShouldBe((zhang.PersonId, "", false));

        async Task<(string, string, bool)> OnAsync(int day)
        {
            var answer = await cadre.Organizer.Appointments.ListOneShoulderAsync(new() { PlaceCode = branch.PlaceCode, AsOfDate = DaysFromToday(day) });
            var village = answer.Villages.ShouldHaveSingleItem();
            return (village.SecretaryPersonId, village.VillageHeadPersonId, village.OneShoulder_);
        }
    }

    [Fact]
    public async Task ListOneShoulder_PageByPage_GivesEachVillageOnce()
    {
        await cadre.NewBranchAsync();
        await cadre.NewBranchAsync();
        var request = new ListOneShoulderRequest { PageSize = 1 };
        var places = new List<string>();
        do
        {
            var page = await cadre.As("auditor", Township).Appointments.ListOneShoulderAsync(request);
            places.Add(page.Villages.ShouldHaveSingleItem().PlaceCode);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        places.ShouldBe(places.Distinct().Order(StringComparer.Ordinal));
        places.Count.ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task GetTeamStructure_OfAVillage_CountsEachPersonOnceAsOfTheDay()
    {
        var branch = await cadre.NewBranchAsync();
        var old = await PersonAsync("1966-06-01", Education.SeniorSecondary, Sex.Male);
        var young = await PersonAsync("1998-06-01", Education.College, Sex.Female);
        await PersonAsync("1999-01-01", Education.College, Sex.Male, PersonCategory.Reserve);
        await cadre.Organizer.AppointAsync(old, branch, Position.Secretary, "2020-01-01");
        await cadre.Organizer.AppointAsync(old, branch, Position.VillageHead, "2020-01-01");
        await cadre.Organizer.AppointAsync(young, branch, Position.CommitteeMember, "2022-01-01");
        await cadre.Organizer.Persons.UpdatePersonAsync(new()
        {
            Person = new() { PersonId = young.PersonId, Education = Education.Bachelor },
            UpdateMask = new FieldMask { Paths = { "education" } },
            EffectiveDate = "2024-07-01",
            RequestId = NewId(),
        });

        var before = await StructureAsync(new() { AsOfDate = "2021-06-01" });
        (before.HeadCount, before.AverageAge).ShouldBe((1, "55.00"));
        before.OneShoulder.Fraction.ShouldBe("1.0000");

        var day = await StructureAsync(new() { AsOfDate = "2024-06-30" });
        (day.HeadCount, day.AverageAge).ShouldBe((2, "42.00")); // 58 and 26
        day.AgesBelow.Select(age => (age.AgeBelow, age.Share.Count, age.Share.Fraction)).ShouldBe([(35, 1, "0.5000"), (45, 1, "0.5000")]);
        day.Educations.Select(education => education.Education).ShouldBe([Education.SeniorSecondary, Education.College]);
        day.Women.Fraction.ShouldBe("0.5000");
        (day.Reserves.ReserveCount, day.Reserves.PerVillage, day.Reserves.BelowTarget.Count).ShouldBe((1, "1.00", 1));

        (await StructureAsync(new() { AsOfDate = "2024-07-01" })).Educations.Select(education => education.Education)
            .ShouldBe([Education.SeniorSecondary, Education.Bachelor]);
        (await StructureAsync(new() { AsOfDate = "2024-07-01", Positions = { Position.CommitteeMember }, AgesBelow = { 26, 27 } })).AgesBelow
            .Select(age => age.Share.Count).ShouldBe([0, 1]);
        (await StructureAsync(new() { AsOfDate = "2024-07-01", OrganizationKinds = { OrganizationKind.TownshipCommittee } })).HeadCount.ShouldBe(0);
        (await Refusal.OfAsync(() => StructureAsync(new() { AgesBelow = { 17 } }))).Reason.ShouldBe("ARGUMENT_INVALID");

        async Task<TeamStructure> StructureAsync(GetTeamStructureRequest request)
        {
            request.PlaceCode = branch.PlaceCode;
            return await cadre.As("village_secretary", branch.PlaceCode).Appointments.GetTeamStructureAsync(request);
        }

        Task<Person> PersonAsync(string birth, Education education, Sex sex, params PersonCategory[] categories) =>
            cadre.Organizer.CreatePersonAsync(branch, request =>
            {
                request.PersonalFields.BirthDate = birth;
                request.Person.Education = education;
                request.Person.Sex = sex;
                request.Person.Categories.Add(categories);
                request.EffectiveDate = "2020-01-01";
            });
    }
}
