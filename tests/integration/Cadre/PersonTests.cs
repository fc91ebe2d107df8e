using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Cadre.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Cadre.CadreCaller;
using static Jiceng.IntegrationTests.Cadre.CadreFixture;

namespace Jiceng.IntegrationTests.Cadre;

public class PersonTests(CadreFixture cadre) : IClassFixture<CadreFixture>
{
    [Fact]
    public async Task Create_WithResidentId_TakesBirthAndSexFromItAndAnswersMasked()
    {
        var residentId = NewResidentId("19780512");
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch, request =>
        {
            request.Person.Sex = Sex.Unspecified;
            request.PersonalFields = new PersonalFields { ResidentId = residentId, Phone = "+86 138-1234-1234" };
        });

        person.PlaceCode.ShouldBe(Village);
        person.BirthMonth.ShouldBe("1978-05");
        person.Sex.ShouldBe(Sex.Male);
        person.MaskedResidentId.ShouldBe($"1402*************{residentId[^1]}");
        person.MaskedPhone.ShouldBe("138****1234");
        (await cadre.Organizer.Persons.GetPersonAsync(new() { PersonId = person.PersonId })).ShouldBe(person);
    }

    [Fact]
    public async Task Create_Repeated_GivesTheSamePersonAndOneEvent()
    {
        var request = NewPerson(cadre.VillageBranch);
        var calls = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => await cadre.Organizer.Persons.CreatePersonAsync(request)));
        calls.Distinct().ShouldHaveSingleItem();
        (await cadre.EventsAsync("person.changed.v1", calls[0].PersonId)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Create_ForEvents_TellsOnlyWhatStandsOnTheNoticeBoard()
    {
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch, request =>
        {
            request.Person.Categories.Add([PersonCategory.VillageSecretary, PersonCategory.PartyMember, PersonCategory.PartyMember]);
        });
        (await cadre.EventsAsync("person.changed.v1", person.PersonId)).ShouldHaveSingleItem().ShouldBe(
            $$"""
            { "personId": "{{person.PersonId}}", "displayName": "张三", "placeCode": "{{Village}}", "categories": [ "village_secretary", "party_member" ], "sequence": "1" }
            """);
    }

    [Theory]
    [InlineData("display_name", "ARGUMENT_REQUIRED", "person.display_name")]
    [InlineData("long_name", "ARGUMENT_TOO_LONG", "person.display_name")]
    [InlineData("organization", "OUT_OF_SCOPE", null)]
    [InlineData("birth_date", "ARGUMENT_REQUIRED", "personal_fields.birth_date")]
    [InlineData("birth_date_form", "ARGUMENT_INVALID", "personal_fields.birth_date")]
    [InlineData("resident_id", "RESIDENT_ID_INVALID", "personal_fields.resident_id")]
    [InlineData("phone", "PHONE_INVALID", "personal_fields.phone")]
    [InlineData("party", "PARTY_JOIN_TOO_EARLY", "person.party_join_date")]
    [InlineData("category", "ARGUMENT_REQUIRED", "person.categories")]
    [InlineData("effective", "EFFECTIVE_DATE_INVALID", "effective_date")]
    [InlineData("request_id", "ARGUMENT_INVALID", "request_id")]
    public async Task Create_WrongField_IsRefusedByName(string wrong, string reason, string? field)
    {
        var refused = await Refusal.OfAsync(() => cadre.Organizer.CreatePersonAsync(cadre.VillageBranch, request => _ = wrong switch
        {
            "display_name" => request.Person.DisplayName = " ",
            "long_name" => request.Person.DisplayName = new string('长', 51),
            "organization" => request.Person.OrganizationId = NewId(),
            "birth_date" => request.PersonalFields.BirthDate = "",
            "birth_date_form" => request.PersonalFields.BirthDate = "31.1.1980",
            "resident_id" => request.PersonalFields.ResidentId = "140224198001310010",
            "phone" => request.PersonalFields.Phone = "12345",
            "party" => request.Person.PartyJoinDate = "1998-01-30",
            "category" => Add(request, PersonCategory.Unspecified),
            "effective" => request.EffectiveDate = DaysFromToday(1),
            _ => request.RequestId = "not a uuid",
        }));
        refused.Reason.ShouldBe(reason);
        refused.Fields.ShouldBe(field is null ? [] : [field]);

        static string Add(CreatePersonRequest request, PersonCategory category)
        {
            request.Person.Categories.Add(category);
            return "";
        }
    }

    [Fact]
    public async Task Create_ResidentIdTwice_IsRefusedAndNamesThePersonOnlyInScope()
    {
        var residentId = NewResidentId();
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch, request => request.PersonalFields.ResidentId = residentId);
        var elsewhere = await cadre.Organizer.CreateAsync(OrganizationKind.TemporaryBranch, OtherTownship);

        var inScope = await Refusal.OfAsync(() => Again(cadre.Organizer, cadre.VillageBranch));
        (inScope.Code, inScope.Reason).ShouldBe((StatusCode.AlreadyExists, "PERSON_EXISTS"));
        inScope.Metadata["person_id"].ShouldBe(person.PersonId);

        var outside = await Refusal.OfAsync(() => Again(cadre.As("township_committee", OtherTownship), elsewhere));
        (outside.Code, outside.Reason).ShouldBe((StatusCode.AlreadyExists, "PERSON_EXISTS_ELSEWHERE"));
        outside.Text.ShouldNotContain(person.PersonId);
        outside.Text.ShouldNotContain(Township);

        Task<Person> Again(CadreCaller caller, Organization organization) =>
            caller.CreatePersonAsync(organization, request => request.PersonalFields.ResidentId = residentId.ToLowerInvariant());
    }

    [Fact]
    public async Task Create_SameResidentIdAtTheSameTime_IsRefusedForAllButOne()
    {
        var residentId = NewResidentId();
        var reasons = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch, request => request.PersonalFields.ResidentId = residentId);
                return "";
            }
            catch (RpcException refused)
            {
                return refused.StatusCode.ToString();
            }
        }));
        reasons.Order().ShouldBe(["", .. Enumerable.Repeat("AlreadyExists", 7)]);
    }

    [Fact]
    public async Task Update_SomeFields_KeepsTheRestAndTheHistoryByDay()
    {
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch, request =>
        {
            request.PersonalFields.Phone = "13912345678";
            request.EffectiveDate = DaysFromToday(-30);
        });
        var change = new Person { PersonId = person.PersonId, Education = Education.Bachelor, Etag = person.Etag };
        var changed = await UpdateAsync(change, DaysFromToday(-10), "education");

        changed.DisplayName.ShouldBe("张三");
        changed.MaskedPhone.ShouldBe("139****5678");
        (await EducationOnAsync(-60)).ShouldBe(Education.College);
        (await EducationOnAsync(-11)).ShouldBe(Education.College);
        (await EducationOnAsync(-10)).ShouldBe(Education.Bachelor);
        var history = await cadre.Organizer.Persons.ListPersonHistoryAsync(new() { PersonId = person.PersonId });
        history.States.ShouldBe([changed, person]);

        (await Refusal.OfAsync(() => UpdateAsync(change, "", "education"))).Reason.ShouldBe("ETAG_MISMATCH");
        change.Etag = "";
        (await Refusal.OfAsync(() => UpdateAsync(change, DaysFromToday(-11), "education"))).Reason.ShouldBe("EFFECTIVE_DATE_INVALID");

        async Task<Education> EducationOnAsync(int day) => (await cadre.Organizer.Persons.GetPersonAsync(
            new() { PersonId = person.PersonId, AsOfDate = DaysFromToday(day) })).Education;
    }

    [Fact]
    public async Task Update_MoveToAnotherOrganization_MovesThePlaceAndTellsIt()
    {
        var branch = await cadre.NewBranchAsync();
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch);
        person.OrganizationId = branch.OrganizationId;
        (await UpdateAsync(person, "", "organization_id")).PlaceCode.ShouldBe(branch.PlaceCode);
        (await cadre.EventsAsync("person.changed.v1", person.PersonId))[1].ShouldContain($"\"placeCode\": \"{branch.PlaceCode}\"");

        var secretary = cadre.As("township_committee", branch.PlaceCode);
        person.OrganizationId = cadre.VillageBranch.OrganizationId;
        var refused = await Refusal.OfAsync(async () => await secretary.Persons.UpdatePersonAsync(
            new() { Person = new() { PersonId = person.PersonId, OrganizationId = person.OrganizationId }, UpdateMask = Mask("organization_id"), RequestId = NewId() }));
        (refused.Reason, refused.Metadata["field"]).ShouldBe(("OUT_OF_SCOPE", "person.organization_id"));
    }

    [Fact]
    public async Task Update_SexAgainstTheResidentId_IsRefused()
    {
        var person = await cadre.Organizer.CreatePersonAsync(
            cadre.VillageBranch, request => request.PersonalFields.ResidentId = NewResidentId());
        person.Sex = Sex.Female;
        (await Refusal.OfAsync(() => UpdateAsync(person, "", "sex"))).Reason.ShouldBe("RESIDENT_ID_CONTRADICTION");
    }

    [Fact]
    public async Task Get_OneselfOutsideTheScope_IsAllowedAndOthersAreNot()
    {
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch);
        var himself = cadre.AsSubject(person.PersonId, "village_secretary", OtherTownship);
        (await himself.Persons.GetPersonAsync(new() { PersonId = person.PersonId })).ShouldBe(person);
        (await cadre.AsSubject(person.PersonId, "village_secretary").Persons.GetPersonAsync(new() { PersonId = person.PersonId })).ShouldBe(person);

        var other = cadre.AsSubject("somebody-else", "village_secretary", OtherTownship);
        var known = await Refusal.OfAsync(async () => await other.Persons.GetPersonAsync(new() { PersonId = person.PersonId }));
        var unknown = await Refusal.OfAsync(async () => await other.Persons.GetPersonAsync(new() { PersonId = NewId() }));
        known.Text.ShouldBe(unknown.Text);
        (await Refusal.OfAsync(async () => await other.Persons.GetPersonAsync(new() { PersonId = "1" }))).Reason.ShouldBe("ARGUMENT_INVALID");
    }

    [Fact]
    public async Task List_ByPlaceCategoryAndName_StaysInScope()
    {
        var branch = await cadre.NewBranchAsync();
        foreach (var name in (string[])["王小红", "李小明", "李大力"])
        {
            await cadre.Organizer.CreatePersonAsync(branch, request =>
            {
                request.Person.DisplayName = name;
                if (name.StartsWith('李')) request.Person.Categories.Add(PersonCategory.Reserve);
            });
        }

        (await Names(new() { PlaceCode = branch.PlaceCode })).Count.ShouldBe(3);
        (await Names(new() { PlaceCode = branch.PlaceCode, Category = PersonCategory.Reserve })).ShouldBe(["李大力", "李小明"], ignoreOrder: true);
        (await Names(new() { PlaceCode = branch.PlaceCode, NamePart = "小" })).ShouldBe(["李小明", "王小红"], ignoreOrder: true);
        (await Names(new() { PlaceCode = branch.PlaceCode, NamePart = "%" })).ShouldBeEmpty();
        (await Names(new() { OrganizationId = branch.OrganizationId, PageSize = 2 })).Count.ShouldBe(2);
        (await Refusal.OfAsync(async () => await cadre.As("auditor", OtherTownship).Persons.ListPersonsAsync(new() { PlaceCode = Township })))
            .Reason.ShouldBe("OUT_OF_SCOPE");
        (await cadre.As("auditor", OtherTownship).Persons.ListPersonsAsync(new() { OrganizationId = branch.OrganizationId })).Persons.ShouldBeEmpty();

        async Task<List<string>> Names(ListPersonsRequest request) =>
            [.. (await cadre.As("auditor", County).Persons.ListPersonsAsync(request)).Persons.Select(person => person.DisplayName)];
    }

    private async Task<Person> UpdateAsync(Person person, string effectiveDate, params string[] mask) =>
        await cadre.Organizer.Persons.UpdatePersonAsync(
            new() { Person = person, UpdateMask = Mask(mask), EffectiveDate = effectiveDate, RequestId = NewId() });

    private static FieldMask Mask(params string[] paths) => new() { Paths = { paths } };
}
