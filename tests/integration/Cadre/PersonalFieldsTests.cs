using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Cadre.CadreCaller;
using static Jiceng.IntegrationTests.Cadre.CadreFixture;

namespace Jiceng.IntegrationTests.Cadre;

public class PersonalFieldsTests(CadreFixture cadre) : IClassFixture<CadreFixture>
{
    private const string Audit = "SELECT caller_id || ' ' || coalesce(detail ->> 'purpose', '') FROM audit WHERE action = 'person.unmask' AND resource_id = $1";

    [Fact]
    public async Task Get_WithPermissionAndPurpose_IsUnmaskedAndAudited()
    {
        var residentId = NewResidentId("19800131");
        var person = await CreateAsync(residentId, "13800138001");
        var fields = await cadre.Organizer.Persons.GetPersonalFieldsAsync(new() { PersonId = person.PersonId, Purpose = "核对档案" });

        fields.ShouldBe(new PersonalFields { ResidentId = residentId, Phone = "13800138001", BirthDate = "1980-01-31" });
        (await cadre.ColumnAsync(Audit, person.PersonId)).ShouldBe([$"{cadre.Organizer.Subject} 核对档案"]);
    }

    [Fact]
    public async Task Get_WithoutPermissionScopeOrPurpose_IsRefusedAndReadsNothing()
    {
        var person = await CreateAsync(NewResidentId(), "");
        (await RefusedAsync(cadre.As("township_committee", County), "核对档案")).Reason.ShouldBe("PERMISSION_MISSING");
        (await RefusedAsync(cadre.As("county_organizer", OtherTownship), "核对档案")).Reason.ShouldBe("OUT_OF_SCOPE");
        (await RefusedAsync(cadre.Organizer, "")).Reason.ShouldBe("ARGUMENT_REQUIRED");
        (await RefusedAsync(cadre.Organizer, "x")).Reason.ShouldBe("ARGUMENT_INVALID");
        (await cadre.ColumnAsync(Audit, person.PersonId)).ShouldBeEmpty();

        Task<Refusal> RefusedAsync(CadreCaller caller, string purpose) => Refusal.OfAsync(
            async () => await caller.Persons.GetPersonalFieldsAsync(new() { PersonId = person.PersonId, Purpose = purpose }));
    }

    [Fact]
    public async Task Search_ByResidentIdOrPhone_FindsInScopeOnlyAndIsAudited()
    {
        var residentId = NewResidentId();
        var first = await CreateAsync(residentId, "13800138002");
        var second = await CreateAsync("", "138 0013 8002");

        (await FoundAsync(cadre.Organizer, new() { ResidentId = residentId.ToLowerInvariant() })).ShouldBe([first.PersonId]);
        (await FoundAsync(cadre.Organizer, new() { Phone = "+8613800138002", PlaceCode = Township })).ShouldBe([first.PersonId, second.PersonId], ignoreOrder: true);
        (await FoundAsync(cadre.As("county_organizer", OtherTownship), new() { ResidentId = residentId })).ShouldBeEmpty();
        (await cadre.ColumnAsync("SELECT detail ->> 'by' FROM audit WHERE action = 'person.search' AND resource_id = $1", first.PersonId)).ShouldBe(["resident_id"]);

        (await RefusedAsync(cadre.As("township_committee", County), new() { ResidentId = residentId })).Reason.ShouldBe("PERMISSION_MISSING");
        (await RefusedAsync(cadre.Organizer, new())).Reason.ShouldBe("ARGUMENT_REQUIRED");
        (await RefusedAsync(cadre.Organizer, new() { ResidentId = residentId[..17] })).Reason.ShouldBe("RESIDENT_ID_INVALID");

        static async Task<List<string>> FoundAsync(CadreCaller caller, SearchPersonsRequest request) =>
            [.. (await caller.Persons.SearchPersonsAsync(request)).Persons.Select(person => person.PersonId)];
        static Task<Refusal> RefusedAsync(CadreCaller caller, SearchPersonsRequest request) =>
            Refusal.OfAsync(async () => await caller.Persons.SearchPersonsAsync(request));
    }

    [Fact]
    public async Task Update_PhoneAlone_KeepsTheResidentIdAndFindsTheNewNumberOnly()
    {
        var residentId = NewResidentId();
        var person = await CreateAsync(residentId, "13800138003");
        var changed = await UpdateAsync(person, new() { Phone = "13800138004" }, "phone");

        changed.MaskedPhone.ShouldBe("138****8004");
        changed.MaskedResidentId.ShouldBe(person.MaskedResidentId);
        (await cadre.Organizer.Persons.GetPersonalFieldsAsync(new() { PersonId = person.PersonId, Purpose = "核对" })).ResidentId.ShouldBe(residentId);
        (await cadre.Organizer.Persons.SearchPersonsAsync(new() { Phone = "13800138003" })).Persons.ShouldBeEmpty();
        (await cadre.Organizer.Persons.SearchPersonsAsync(new() { Phone = "13800138004" })).Persons.ShouldHaveSingleItem().ShouldBe(changed);
        (await Refusal.OfAsync(() => UpdateAsync(person, new() { Phone = "13800138005" }, "phone"))).Reason.ShouldBe("ETAG_MISMATCH");
    }

    [Fact]
    public async Task Update_ErasedResidentId_FreesItForItsOwner()
    {
        var residentId = NewResidentId();
        var mistaken = await CreateAsync(residentId, "");
        (await Refusal.OfAsync(() => CreateAsync(residentId, ""))).Reason.ShouldBe("PERSON_EXISTS");
        (await UpdateAsync(mistaken, new(), "resident_id")).MaskedResidentId.ShouldBeEmpty();
        await CreateAsync(residentId, "");
    }

    [Fact]
    public async Task Update_ToTheResidentIdOfAnotherOrAgainstTheBirthDate_IsRefused()
    {
        var taken = NewResidentId();
        await CreateAsync(taken, "");
        var person = await CreateAsync("", "");
        (await Refusal.OfAsync(() => UpdateAsync(person, new() { ResidentId = taken }, "resident_id"))).Reason.ShouldBe("PERSON_EXISTS");
        var refused = await Refusal.OfAsync(() => UpdateAsync(person, new() { ResidentId = NewResidentId("19990101") }, "resident_id"));
        (refused.Reason, refused.Fields.Single()).ShouldBe(("RESIDENT_ID_CONTRADICTION", "personal_fields.birth_date"));
    }

    [Fact]
    public async Task AnyCall_WithPersonalFields_LeavesThemNowhereInTheClear()
    {
        var (residentId, phone) = (NewResidentId("19661107"), "13977778888");
        var person = await CreateAsync(residentId, phone);
        await cadre.Organizer.Persons.GetPersonalFieldsAsync(new() { PersonId = person.PersonId, Purpose = "核对" });
        await cadre.Organizer.Persons.SearchPersonsAsync(new() { Phone = phone });
        (await Refusal.OfAsync(() => CreateAsync(residentId, phone))).Text.ShouldNotContain(residentId);

        var tables = await cadre.ColumnAsync("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'");
        tables.ShouldContain("person_history");
        foreach (var table in tables)
        {
            // Bytes stand in the row in hexadecimal digits.
            foreach (var row in await cadre.ColumnAsync($"SELECT row_to_json(t)::text FROM \"{table}\" t"))
                ShouldHoldNone(row);
        }

        cadre.Logs.ShouldNotBeEmpty();
        foreach (var line in cadre.Logs)
            ShouldHoldNone(line);

        void ShouldHoldNone(string text)
        {
            foreach (var secret in (string[])[residentId, phone, Hex(residentId), Hex(phone)])
                text.ShouldNotContain(secret, Case.Insensitive);
        }

        static string Hex(string text) => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private Task<Person> CreateAsync(string residentId, string phone) => cadre.Organizer.CreatePersonAsync(cadre.VillageBranch, request =>
    {
        request.PersonalFields = new PersonalFields { ResidentId = residentId, Phone = phone, BirthDate = residentId.Length == 0 ? "1980-01-31" : "" };
        request.Person.Sex = residentId.Length == 0 ? Sex.Male : Sex.Unspecified;
    });

    private async Task<Person> UpdateAsync(Person person, PersonalFields fields, params string[] mask) =>
        await cadre.Organizer.Persons.UpdatePersonalFieldsAsync(new()
        {
            PersonId = person.PersonId,
            PersonalFields = fields,
            UpdateMask = new FieldMask { Paths = { mask } },
            Etag = person.Etag,
            RequestId = NewId(),
        });
}
