using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Scoring.V1;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

public sealed class ItemTests(ScoringFixture fixture) : IClassFixture<ScoringFixture>, IAsyncLifetime
{
    private readonly ScoringRun _run = fixture.Run;
    private string _leader = "";

    private ScoringCaller Leader => _run.As(_leader, "township_committee", "140224299");

    public async ValueTask InitializeAsync()
    {
        _leader = await _run.PersonAsync("李强", categories: ["leadership_member", "official"]);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Item_AssignedHandedInAndVerified_GivesThePointsOfItsDifficultyInTheSameTransaction()
    {
        var item = await AssignAsync(difficulty: 3);
        (item.State, item.AssignerId, item.SubjectKind, item.PlaceCode).ShouldBe((ItemState.Assigned, "committee", SubjectKind.Person, ScoringRun.Township));
        var handed = await Leader.Items.HandInItemAsync(new() { ItemId = item.ItemId, Remark = "已完成" });
        (handed.State, handed.HandInId, handed.HandInRemark).ShouldBe((ItemState.HandedIn, _leader, "已完成"));
        var verified = await _run.Committee.Items.VerifyItemAsync(new() { ItemId = item.ItemId, Done = true, Remark = "属实" });
        (verified.State, verified.Result, verified.CloserId, verified.CloseRemark).ShouldBe((ItemState.Verified, ItemResult.OnTime, "committee", "属实"));
        (await _run.Committee.Items.GetItemAsync(new() { ItemId = item.ItemId })).ShouldBe(verified);

        var entry = (await _run.EntriesAsync(_leader)).ShouldHaveSingleItem();
        (entry.Points, entry.RuleKey, entry.EventType).ShouldBe(("0.6", "item_on_time", "jiceng.scoring.item.verified.v1"));
        entry.Reason.ShouldBe("按期完成交办事项：交办事项《化解信访积案》按期完成");
        var explained = await _run.Organizer.Points.ExplainEntryAsync(new() { EntryId = entry.EntryId });
        explained.MatterId.ShouldBe(item.ItemId);
        explained.EventFields.ShouldContainKeyAndValue("difficulty", "3");
        explained.EventFields.ShouldContainKeyAndValue("result", "on_time");
    }

    [Fact]
    public async Task Item_HandedInLate_OrFoundNotDone_IsScoredSo()
    {
        var late = await AssignAsync(difficulty: 5, days: 1);
        var undone = await AssignAsync(difficulty: 5, days: 1);
        var notDue = await Refusal.OfAsync(async () => await _run.Committee.Items.VerifyItemAsync(new() { ItemId = undone.ItemId, Remark = "未落实" }));
        (notDue.Code, notDue.Reason).ShouldBe((StatusCode.FailedPrecondition, "ITEM_NOT_DUE"));
        _run.Clock.JumpTo(_run.Clock.GetUtcNow().AddDays(3));
        await Leader.Items.HandInItemAsync(new() { ItemId = late.ItemId });
        (await _run.Committee.Items.VerifyItemAsync(new() { ItemId = late.ItemId, Done = true })).Result.ShouldBe(ItemResult.Late);
        (await _run.Committee.Items.VerifyItemAsync(new() { ItemId = undone.ItemId, Remark = "未落实" })).Result.ShouldBe(ItemResult.NotDone);
        (await _run.EntriesAsync(_leader)).Select(entry => (entry.RuleKey, entry.Points)).ShouldBe([("item_not_done", "-2"), ("item_late", "0.5")]);
    }

    [Fact]
    public async Task Item_CountsForTheQuarterOfItsDeadline_AlsoWhenVerifiedInTheNext()
    {
        var item = await AssignAsync(days: 1);
        var quarter = Jiceng.Domain.ChinaTime.Quarter(item.DueTime.ToDateTimeOffset());
        await Leader.Items.HandInItemAsync(new() { ItemId = item.ItemId });
        _run.Clock.JumpTo(_run.Clock.GetUtcNow().AddDays(100));
        await _run.Committee.Items.VerifyItemAsync(new() { ItemId = item.ItemId, Done = true });
        var entry = (await _run.EntriesAsync(_leader)).ShouldHaveSingleItem();
        entry.Period.ShouldBe(quarter);
        entry.Period.ShouldNotBe(_run.Quarter());
    }

    [Fact]
    public async Task Verify_ByTheOneWhoHandedInOrWasAssigned_IsRefused()
    {
        var own = await AssignAsync();
        await Leader.Items.HandInItemAsync(new() { ItemId = own.ItemId });
        (await RefusedVerify(_run.As(_leader, "township_committee", ScoringRun.Township), own)).ShouldBe((StatusCode.PermissionDenied, "ITEM_OWN_VERIFIER"));
        (await _run.EntriesAsync(_leader)).ShouldBeEmpty();
    }

    [Fact]
    public async Task HandIn_BySomebodyElse_IsRefused()
    {
        var item = await AssignAsync();
        var refusal = await Refusal.OfAsync(async () => await _run.Committee.Items.HandInItemAsync(new() { ItemId = item.ItemId }));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.PermissionDenied, "ITEM_NOT_OWN"));
    }

    [Fact]
    public async Task Verbs_InAStateThatForbidsThem_NameTheStateAndWhatIsAllowed()
    {
        var item = await AssignAsync();
        var refusal = await Refusal.OfAsync(async () => await _run.Committee.Items.VerifyItemAsync(new() { ItemId = item.ItemId, Done = true }));
        (refusal.Code, refusal.Reason, refusal.Metadata["state"], refusal.Metadata["allowed"])
            .ShouldBe((StatusCode.FailedPrecondition, "ITEM_STATE", "ASSIGNED", "HANDED_IN"));
        var cancelled = await _run.Committee.Items.CancelItemAsync(new() { ItemId = item.ItemId, Reason = "任务取消" });
        (cancelled.State, cancelled.CloseRemark).ShouldBe((ItemState.Cancelled, "任务取消"));
        (await Refusal.OfAsync(async () => await Leader.Items.HandInItemAsync(new() { ItemId = item.ItemId }))).Reason.ShouldBe("ITEM_STATE");
        (await Refusal.OfAsync(async () => await _run.Committee.Items.CancelItemAsync(new() { ItemId = item.ItemId, Reason = "再次" }))).Reason.ShouldBe("ITEM_STATE");
        (await _run.EntriesAsync(_leader)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Verify_ManyTimesAtOnce_ScoresOnce()
    {
        var item = await AssignAsync();
        await Leader.Items.HandInItemAsync(new() { ItemId = item.ItemId });
        var calls = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await _run.Committee.Items.VerifyItemAsync(new() { ItemId = item.ItemId, Done = true, RequestId = _run.NewId() });
                return "verified";
            }
            catch (RpcException refused)
            {
                return refused.StatusCode.ToString();
            }
        }));
        calls.Count(call => call == "verified").ShouldBe(1);
        calls.Count(call => call == "FailedPrecondition").ShouldBe(7);
        (await _run.EntriesAsync(_leader)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Assign_WithWrongValues_NamesThem()
    {
        await RefusedAssign(request => request.DueTime = _run.Clock.GetUtcNow().AddMinutes(-1).ToTimestamp(), "ARGUMENT_INVALID", "due_time");
        await RefusedAssign(request => request.DueTime = null, "ARGUMENT_INVALID", "due_time");
        await RefusedAssign(request => request.DueTime = new Timestamp { Seconds = long.MaxValue }, "ARGUMENT_INVALID", "due_time");
        await RefusedAssign(request => request.DueTime = new Timestamp { Nanos = -1 }, "ARGUMENT_INVALID", "due_time");
        await RefusedAssign(request => request.Difficulty = 0, "ARGUMENT_INVALID", "difficulty");
        await RefusedAssign(request => request.Difficulty = 6, "ARGUMENT_INVALID", "difficulty");
        await RefusedAssign(request => request.Title = "", "ARGUMENT_REQUIRED", "title");
        await RefusedAssign(request => request.Title = new string('长', 201), "ARGUMENT_TOO_LONG", "title");
        await RefusedAssign(request => request.SubjectId = "", "ARGUMENT_REQUIRED", "subject_id");
        await RefusedAssign(request => request.SubjectId = _run.NewId(), "SUBJECT_NOT_FOUND");
        await RefusedAssign(request => request.PlaceCode = ScoringRun.OtherTownship, "OUT_OF_SCOPE");
        await RefusedAssign(request => request.PlaceCode = "", "ARGUMENT_REQUIRED", "place_code");
    }

    [Fact]
    public async Task Assign_ToASubjectOfAnotherPlace_IsNotFound_AsIfItWereUnknown()
    {
        var stranger = await _run.PersonAsync("外乡", ScoringRun.OtherTownship);
        await RefusedAssign(request => request.SubjectId = stranger, "SUBJECT_NOT_FOUND");
    }

    [Fact]
    public async Task List_ByPlaceSubjectAndState_Pages_AndStaysInScope()
    {
        var items = new List<Item>();
        for (var i = 0; i < 5; i++) items.Add(await AssignAsync());
        await _run.Committee.Items.CancelItemAsync(new() { ItemId = items[0].ItemId, Reason = "撤" });
        var first = await _run.Committee.Items.ListItemsAsync(new() { PageSize = 2, State = ItemState.Assigned, SubjectId = _leader });
        var second = await _run.Committee.Items.ListItemsAsync(new() { PageSize = 2, State = ItemState.Assigned, SubjectId = _leader, PageToken = first.NextPageToken });
        first.Items.Concat(second.Items).Select(item => item.ItemId).ShouldBe(items.Skip(1).Reverse().Select(item => item.ItemId));
        second.NextPageToken.ShouldBeEmpty();
        (await _run.As("x", "auditor", ScoringRun.OtherTownship).Items.ListItemsAsync(new())).Items.ShouldBeEmpty();
        (await Refusal.OfAsync(async () => await _run.Committee.Items.ListItemsAsync(new() { PlaceCode = ScoringRun.County }))).Reason.ShouldBe("OUT_OF_SCOPE");
        (await Refusal.OfAsync(async () => await _run.Committee.Items.ListItemsAsync(new() { PageSize = -1 }))).Fields.ShouldBe(["page_size"]);
    }

    [Fact]
    public async Task Items_OfAnotherPlace_AreNotReached_ButOnesOwnAre()
    {
        var item = await AssignAsync();
        var other = _run.As("other", "township_committee", ScoringRun.OtherTownship);
        (await Refusal.OfAsync(async () => await other.Items.GetItemAsync(new() { ItemId = item.ItemId }))).Reason.ShouldBe("OUT_OF_SCOPE");
        (await Refusal.OfAsync(async () => await other.Items.CancelItemAsync(new() { ItemId = item.ItemId, Reason = "x" }))).Reason.ShouldBe("OUT_OF_SCOPE");
        (await Leader.Items.GetItemAsync(new() { ItemId = item.ItemId })).ItemId.ShouldBe(item.ItemId);
        (await Refusal.OfAsync(async () => await Leader.Items.CancelItemAsync(new() { ItemId = item.ItemId, Reason = "x" }))).Reason.ShouldBe("OUT_OF_SCOPE");
    }

    private static async Task<(StatusCode, string)> RefusedVerify(ScoringCaller caller, Item item)
    {
        var refusal = await Refusal.OfAsync(async () => await caller.Items.VerifyItemAsync(new() { ItemId = item.ItemId, Done = true }));
        return (refusal.Code, refusal.Reason);
    }

    private AssignItemRequest NewItem(string? subject = null, int difficulty = 1, int days = 10) => new()
    {
        PlaceCode = ScoringRun.Township,
        SubjectId = subject ?? _leader,
        Title = "化解信访积案",
        Division = "信访维稳",
        Difficulty = difficulty,
        DueTime = _run.Clock.GetUtcNow().AddDays(days).ToTimestamp(),
        RequestId = _run.NewId(),
    };

    private async Task<Item> AssignAsync(string? subject = null, int difficulty = 1, int days = 10) =>
        await _run.Committee.Items.AssignItemAsync(NewItem(subject, difficulty, days));

    private async Task RefusedAssign(Action<AssignItemRequest> change, string reason, params string[] fields)
    {
        var request = NewItem();
        change(request);
        var refusal = await Refusal.OfAsync(async () => await _run.Committee.Items.AssignItemAsync(request));
        (refusal.Reason, string.Join(',', refusal.Fields)).ShouldBe((reason, string.Join(',', fields)));
    }
}
