using Grpc.Core;
using Jiceng.Cadre.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Cadre.CadreCaller;
using static Jiceng.IntegrationTests.Cadre.CadreFixture;
using Record = Jiceng.Cadre.V1.Record;

namespace Jiceng.IntegrationTests.Cadre;

public class CommendationTests(CadreFixture cadre) : IClassFixture<CadreFixture>
{
    [Fact]
    public async Task RecordCommendation_OfAPerson_IsKeptAndTold()
    {
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch);
        var record = await CommendAsync(person.PersonId, "灵发〔2026〕1号");

        (record.Kind, record.PersonId, record.OrganizationId, record.PlaceCode).ShouldBe((RecordKind.Commendation, person.PersonId, "", Village));
        (await cadre.Organizer.Commendations.GetRecordAsync(new() { RecordId = record.RecordId })).ShouldBe(record);
        var told = (await cadre.EventsAsync("commendation.recorded.v1", record.RecordId)).ShouldHaveSingleItem();
        told.ShouldContain($"\"personId\": \"{person.PersonId}\"");
        told.ShouldContain("\"level\": \"county\"");
        told.ShouldContain("\"topic\": \"village_cleanup\"");
    }

    [Fact]
    public async Task RecordNotice_OfAnOrganization_IsToldAsANotice()
    {
        var record = await cadre.Organizer.Commendations.RecordNoticeAsync(new()
        {
            SubjectId = cadre.TownshipCommittee.OrganizationId,
            Level = RecordLevel.County,
            Title = "通报批评",
            DocumentNumber = "灵通〔2026〕2号",
            DocumentDate = Today,
            RequestId = NewId(),
        });
        record.OrganizationId.ShouldBe(cadre.TownshipCommittee.OrganizationId);
        (await cadre.EventsAsync("notice.recorded.v1", record.RecordId)).Count.ShouldBe(1);
        (await cadre.EventsAsync("commendation.recorded.v1", record.RecordId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task RecordCommendation_SameDocumentTwice_IsRefusedForTheSameSubjectOnly()
    {
        var first = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch);
        var second = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch);
        var record = await CommendAsync(first.PersonId, "灵发〔2026〕3号");
        var refused = await Refusal.OfAsync(() => CommendAsync(first.PersonId, " 灵发〔2026〕3号 "));
        (refused.Code, refused.Reason).ShouldBe((StatusCode.AlreadyExists, "RECORD_EXISTS"));
        refused.Metadata["record_id"].ShouldBe(record.RecordId);
        await CommendAsync(second.PersonId, "灵发〔2026〕3号");
    }

    [Theory]
    [InlineData("subject", "OUT_OF_SCOPE")]
    [InlineData("level", "ARGUMENT_REQUIRED")]
    [InlineData("title", "ARGUMENT_TOO_LONG")]
    [InlineData("number", "ARGUMENT_REQUIRED")]
    [InlineData("future", "ARGUMENT_INVALID")]
    [InlineData("topic", "ARGUMENT_INVALID")]
    public async Task RecordCommendation_WrongField_IsRefused(string wrong, string reason)
    {
        var request = Request(cadre.VillageBranch.OrganizationId, "灵发〔2026〕4号");
        _ = wrong switch
        {
            "subject" => (object)(request.SubjectId = NewId()),
            "level" => request.Level = RecordLevel.Unspecified,
            "title" => request.Title = new string('长', 201),
            "number" => request.DocumentNumber = "",
            "future" => request.DocumentDate = DaysFromToday(1),
            _ => request.Topic = "Not A Word",
        };
        (await Refusal.OfAsync(async () => await cadre.Organizer.Commendations.RecordCommendationAsync(request))).Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task RecordCommendation_OutsideTheScope_IsRefusedAndOneMayReadOnesOwn()
    {
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch);
        (await Refusal.OfAsync(async () => await cadre.As("township_committee", OtherTownship).Commendations
            .RecordCommendationAsync(Request(person.PersonId, "灵发〔2026〕5号")))).Reason.ShouldBe("OUT_OF_SCOPE");

        var record = await CommendAsync(person.PersonId, "灵发〔2026〕5号");
        (await cadre.AsSubject(person.PersonId, "village_secretary").Commendations.GetRecordAsync(new() { RecordId = record.RecordId })).ShouldBe(record);
        (await Refusal.OfAsync(async () => await cadre.As("village_secretary").Commendations.GetRecordAsync(new() { RecordId = record.RecordId })))
            .Reason.ShouldBe("OUT_OF_SCOPE");
    }

    [Fact]
    public async Task List_OfASubject_IsNewestFirstByPageAndInTheDaysAskedFor()
    {
        var person = await cadre.Organizer.CreatePersonAsync(cadre.VillageBranch);
        foreach (var day in (int[])[-3, -1, -2])
            await CommendAsync(person.PersonId, $"灵发〔2026〕6{-day}号", DaysFromToday(day));

        var page = await cadre.Organizer.Commendations.ListRecordsAsync(new() { SubjectId = person.PersonId, PageSize = 2 });
        page.Records.Select(record => record.DocumentDate).ShouldBe([DaysFromToday(-1), DaysFromToday(-2)]);
        var rest = await cadre.Organizer.Commendations.ListRecordsAsync(new() { SubjectId = person.PersonId, PageSize = 2, PageToken = page.NextPageToken });
        rest.Records.ShouldHaveSingleItem().DocumentDate.ShouldBe(DaysFromToday(-3));
        (await cadre.Organizer.Commendations.ListRecordsAsync(
            new() { SubjectId = person.PersonId, FromDate = DaysFromToday(-2), ToDate = DaysFromToday(-2) })).Records.Count.ShouldBe(1);
        (await cadre.Organizer.Commendations.ListRecordsAsync(new() { SubjectId = person.PersonId, Kind = RecordKind.Notice })).Records.ShouldBeEmpty();
        (await cadre.As("auditor", OtherTownship).Commendations.ListRecordsAsync(new() { SubjectId = person.PersonId })).Records.ShouldBeEmpty();
    }

    private async Task<Record> CommendAsync(string subjectId, string number, string? day = null) =>
        await cadre.Organizer.Commendations.RecordCommendationAsync(Request(subjectId, number, day));

    private static RecordCommendationRequest Request(string subjectId, string number, string? day = null) => new()
    {
        SubjectId = subjectId,
        Level = RecordLevel.County,
        Title = "县级表彰",
        DocumentNumber = number,
        DocumentDate = day ?? Today,
        Topic = "village_cleanup",
        RequestId = NewId(),
    };
}
