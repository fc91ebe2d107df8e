using Grpc.Core;
using Jiceng.Cadre.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Cadre.CadreCaller;
using static Jiceng.IntegrationTests.Cadre.CadreFixture;

namespace Jiceng.IntegrationTests.Cadre;

public class LiaisonTests(CadreFixture cadre) : IClassFixture<CadreFixture>
{
    [Fact]
    public async Task AssignLiaison_Village_IsKeptAndPublished()
    {
        var liaison = await AssignAsync("140224205001");

        (liaison.PlaceCode, liaison.HelperKind, liaison.HelperName, liaison.StartDate, liaison.EndDate, liaison.Etag)
            .ShouldBe(("140224205001", HelperKind.StrongVillage, "西关村", Today, "", "1"));
        (await cadre.Organizer.Liaisons.GetLiaisonAsync(new() { LiaisonId = liaison.LiaisonId })).ShouldBe(liaison);
        (await cadre.EventsAsync("liaison.changed.v1", liaison.LiaisonId)).ShouldHaveSingleItem().ShouldContain("\"helperKind\": \"strong_village\"");
    }

    [Fact]
    public async Task AssignLiaison_SecondHelper_IsRefusedUntilTheFirstHasEnded()
    {
        var first = await AssignAsync("140224205002", DaysFromToday(-30));
        var refused = await Refusal.OfAsync(() => AssignAsync("140224205002"));
        (refused.Code, refused.Reason).ShouldBe((StatusCode.AlreadyExists, "HELPER_EXISTS"));
        refused.Metadata["liaison_id"].ShouldBe(first.LiaisonId);

        var ended = await EndAsync(first, DaysFromToday(-1));
        (ended.EndDate, ended.EndReason, ended.Etag).ShouldBe((DaysFromToday(-1), "结对调整", "2"));
        (await cadre.EventsAsync("liaison.changed.v1", first.LiaisonId)).Count.ShouldBe(2);
        await AssignAsync("140224205002");
        (await Refusal.OfAsync(() => EndAsync(first, Today))).Reason.ShouldBe("ETAG_MISMATCH");
        (await Refusal.OfAsync(() => EndAsync(ended, Today))).Reason.ShouldBe("LIAISON_ENDED");
    }

    [Fact]
    public async Task AssignLiaison_TwoAtOnce_OneHelps()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                return (await AssignAsync("140224205003")).LiaisonId;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.AlreadyExists)
            {
                return "";
            }
        }));
        tries.Count(id => id.Length > 0).ShouldBe(1);
    }

    [Theory]
    [InlineData("township", "PLACE_NOT_VILLAGE")]
    [InlineData("elsewhere", "OUT_OF_SCOPE")]
    [InlineData("kind", "ARGUMENT_REQUIRED")]
    [InlineData("name", "ARGUMENT_REQUIRED")]
    [InlineData("long", "ARGUMENT_TOO_LONG")]
    [InlineData("future", "ARGUMENT_INVALID")]
    [InlineData("nothing", "ARGUMENT_REQUIRED")]
    public async Task AssignLiaison_WrongField_IsRefused(string wrong, string reason)
    {
        var liaison = New("140224205004");
        _ = wrong switch
        {
            "township" => (object)(liaison.PlaceCode = Township),
            "elsewhere" => liaison.PlaceCode = "140225001001",
            "kind" => liaison.HelperKind = HelperKind.Unspecified,
            "name" => liaison.HelperName = " ",
            "long" => liaison.HelperName = new string('长', 101),
            "future" => liaison.StartDate = DaysFromToday(1),
            _ => liaison = null!,
        };
        (await Refusal.OfAsync(async () => await cadre.Organizer.Liaisons.AssignLiaisonAsync(new() { Liaison = liaison, RequestId = NewId() }))).Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task ListLiaisons_OfADay_ArePagedAndHaveOnlyThoseInForce()
    {
        var past = await EndAsync(await AssignAsync("140224207001", DaysFromToday(-30)), DaysFromToday(-10));
        var now = await AssignAsync("140224207001");
        var other = await AssignAsync("140224207002");

        (await ListAsync(new() { PlaceCode = "140224207" })).ShouldBe([past, now, other], ignoreOrder: true);
        (await ListAsync(new() { PlaceCode = "140224207", AsOfDate = Today })).ShouldBe([now, other]);
        (await ListAsync(new() { PlaceCode = "140224207", AsOfDate = DaysFromToday(-10) })).ShouldBe([past]);
        (await ListAsync(new() { PlaceCode = "140224207", AsOfDate = DaysFromToday(-9) })).ShouldBeEmpty();
        (await ListAsync(new() { PlaceCode = "140224207", HelperKind = HelperKind.Firm })).ShouldBeEmpty();

        var first = await cadre.Organizer.Liaisons.ListLiaisonsAsync(new() { PlaceCode = "140224207", AsOfDate = Today, PageSize = 1 });
        first.Liaisons.ShouldBe([now]);
        var second = await cadre.Organizer.Liaisons.ListLiaisonsAsync(new() { PlaceCode = "140224207", AsOfDate = Today, PageSize = 1, PageToken = first.NextPageToken });
        (second.Liaisons.ShouldHaveSingleItem(), second.NextPageToken).ShouldBe((other, ""));
    }

    [Fact]
    public async Task ImportLiaisons_GoodAndBadRows_AssignsTheGoodAndNamesEachFault()
    {
        var kept = await AssignAsync("140224208001");
        var request = new ImportLiaisonsRequest
        {
            Rows =
            {
                Row(3, New("140224208001")),
                Row(4, New("140224208002")),
                Row(5, New("140224208002", "另一村")),
                Row(6, New("140224208003", "")),
                Row(7, New("140225001001")),
                Row(8, null),
            },
            DryRun = true,
        };

        var dry = await cadre.Organizer.Liaisons.ImportLiaisonsAsync(request);
        (dry.CreatedCount, dry.UnchangedCount).ShouldBe((1, 1));
        dry.Faults.Select(fault => (fault.Line, fault.Reason)).ShouldBe(
            [(5, "HELPER_EXISTS"), (6, "ARGUMENT_REQUIRED"), (7, "OUT_OF_SCOPE"), (8, "PLACE_CODE_INVALID")]);
        dry.Faults.ShouldAllBe(fault => fault.Message.Length > 0 && fault.MessageZh.Length > 0);
        (await ListAsync(new() { PlaceCode = "140224208" })).ShouldBe([kept]);

        request.DryRun = false;
        request.RequestId = NewId();
        var written = await cadre.Organizer.Liaisons.ImportLiaisonsAsync(request);
        (written.CreatedCount, written.UnchangedCount, written.Faults.Count).ShouldBe((1, 1, 4));
        (await cadre.Organizer.Liaisons.ImportLiaisonsAsync(request)).ShouldBe(written);
        var added = (await ListAsync(new() { PlaceCode = "140224208" })).Where(liaison => liaison.LiaisonId != kept.LiaisonId).ShouldHaveSingleItem();
        added.PlaceCode.ShouldBe("140224208002");
        (await cadre.EventsAsync("liaison.changed.v1", added.LiaisonId)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public async Task ImportLiaisons_NoRowsOrTooMany_IsRefused(int count)
    {
        var request = new ImportLiaisonsRequest { Rows = { Enumerable.Range(1, count).Select(line => Row(line, New("140224208009"))) }, RequestId = NewId() };
        (await Refusal.OfAsync(async () => await cadre.Organizer.Liaisons.ImportLiaisonsAsync(request))).Reason.ShouldBe("ARGUMENT_INVALID");
    }

    private static LiaisonRow Row(int line, Liaison? liaison) => new() { Line = line, Liaison = liaison };

    private static Liaison New(string village, string name = "西关村", string start = "") =>
        new() { PlaceCode = village, HelperKind = HelperKind.StrongVillage, HelperName = name, StartDate = start };

    private async Task<Liaison> AssignAsync(string village, string start = "") =>
        await cadre.Organizer.Liaisons.AssignLiaisonAsync(new() { Liaison = New(village, start: start), RequestId = NewId() });

    private async Task<Liaison> EndAsync(Liaison liaison, string day) => await cadre.Organizer.Liaisons.EndLiaisonAsync(
        new() { LiaisonId = liaison.LiaisonId, EndDate = day, Reason = "结对调整", Etag = liaison.Etag, RequestId = NewId() });

    private async Task<IReadOnlyList<Liaison>> ListAsync(ListLiaisonsRequest request) => (await cadre.Organizer.Liaisons.ListLiaisonsAsync(request)).Liaisons;
}
