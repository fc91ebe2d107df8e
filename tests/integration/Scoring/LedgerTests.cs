using Grpc.Core;
using Jiceng.Scoring.V1;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

public sealed class LedgerTests(ScoringFixture fixture) : IClassFixture<ScoringFixture>, IAsyncLifetime
{
    private readonly ScoringRun _run = fixture.Run;
    private readonly Scheme _scheme = fixture.Workers;
    private string _worker = "";

    public async ValueTask InitializeAsync()
    {
        _worker = await _run.WorkerAsync();
        for (var i = 0; i < 3; i++) await _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(_worker));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("UPDATE ledger_entry SET points = 100")]
    [InlineData("DELETE FROM ledger_entry")]
    [InlineData("TRUNCATE ledger_entry CASCADE")]
    public async Task Entries_CannotBeChanged_NotEvenInSql(string sql)
    {
        var refused = await Should.ThrowAsync<PostgresException>(() => _run.ExecuteAsync(sql));
        refused.SqlState.ShouldBe(PostgresErrorCodes.RestrictViolation);
        (await _run.EntriesAsync(_worker)).Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("points = 9", "altered")]
    [InlineData("uncapped_points = 9", "altered")]
    [InlineData("reason = reason || '。'", "altered")]
    [InlineData("period = '2020Q1'", "altered")]
    [InlineData("rule_key = 'other'", "altered")]
    [InlineData("role = 'reporter'", "altered")]
    [InlineData("group_name = 'part_time'", "altered")]
    [InlineData("event_id = gen_random_uuid()", "altered")]
    [InlineData("event_type = 'x'", "altered")]
    [InlineData("event_time = event_time + interval '1 microsecond'", "altered")]
    [InlineData("trace_id = ''", "altered")]
    [InlineData("matter_id = 'x'", "altered")]
    [InlineData("once_key = 'x'", "altered")]
    [InlineData("place_code = '140224'", "altered")]
    [InlineData("place_code = 'nowhere'", "altered")]
    [InlineData("post_time = post_time - interval '1 day'", "altered")]
    [InlineData("corrector_id = 'x'", "altered")]
    [InlineData("hash = repeat('0', 64)", "altered")]
    [InlineData("previous_hash = repeat('1', 64)", "unlinked")]
    public async Task VerifyLedger_AColumnOfOneEntryChangedBehindItsBack_FindsTheEntry(string change, string fault)
    {
        await BehindAsync($"UPDATE ledger_entry SET {change} WHERE subject_id = '{_worker}' AND sequence = 2");
        var verified = await VerifyAsync();
        verified.Intact.ShouldBeFalse();
        var found = verified.Breaks.ShouldHaveSingleItem();
        (found.SubjectId, found.Sequence, found.Fault).ShouldBe((_worker, 2, fault));
        found.EntryId.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("DELETE FROM ledger_entry WHERE sequence = 2", 2, "missing")]
    [InlineData("DELETE FROM ledger_entry WHERE sequence = 3", 3, "truncated")]
    [InlineData("DELETE FROM ledger_entry WHERE sequence > 0", 1, "truncated")]
    [InlineData("UPDATE ledger_entry SET sequence = 9 WHERE sequence = 3", 3, "missing")]
    [InlineData("DELETE FROM ledger_head WHERE sequence > 0", 4, "truncated")]
    public async Task VerifyLedger_EntriesTakenAway_FindsWhere(string change, long sequence, string fault)
    {
        await BehindAsync($"{change} AND subject_id = '{_worker}'");
        var found = (await VerifyAsync()).Breaks.ShouldHaveSingleItem();
        (found.SubjectId, found.Sequence, found.EntryId, found.Fault).ShouldBe((_worker, sequence, "", fault));
    }

    [Fact]
    public async Task VerifyLedger_OfAPlaceOrSubject_ComputesThoseChainsOnly()
    {
        var other = await _run.WorkerAsync("外乡", "140224208201001");
        await _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(other));
        var township = await _run.Organizer.Points.VerifyLedgerAsync(new() { PlaceCode = "140224208" });
        (township.Intact, township.SubjectCount, township.EntryCount).ShouldBe((true, 1, 1));
        (await _run.Organizer.Points.VerifyLedgerAsync(new() { SubjectId = _worker })).EntryCount.ShouldBe(3);
        var refusal = await Refusal.OfAsync(async () => await _run.As("auditor", "auditor", ScoringRun.OtherTownship).Points.VerifyLedgerAsync(new() { SubjectId = _worker }));
        refusal.Reason.ShouldBe("SUBJECT_NOT_FOUND");
    }

    [Fact]
    public async Task CorrectEntry_TakesThePointsBack_WithAReasonThatTheScoredPersonSees()
    {
        var entry = (await _run.EntriesAsync(_worker))[1];
        var reversal = await _run.Organizer.Points.CorrectEntryAsync(new() { EntryId = entry.EntryId, Reason = "同一事件重复上报", RequestId = _run.NewId() });
        (reversal.Points, reversal.CorrectsEntryId, reversal.CorrectorId, reversal.Sequence, reversal.Period)
            .ShouldBe(("-1", entry.EntryId, "organizer", 4, entry.Period));
        (await _run.BalanceAsync(_scheme, _worker)).TotalPoints.ShouldBe("62");
        (await VerifyAsync()).Intact.ShouldBeTrue();

        var own = _run.As(_worker, "grid_worker", "140224299");
        var seen = await own.Points.ListEntriesAsync(new() { SubjectId = _worker });
        seen.Entries[0].Reason.ShouldBe("冲正：同一事件重复上报");
        (await own.Points.ExplainEntryAsync(new() { EntryId = entry.EntryId })).CorrectedByEntryId.ShouldBe(reversal.EntryId);
    }

    [Fact]
    public async Task CorrectEntry_Twice_OrACorrection_OrWithoutAReason_IsRefused()
    {
        var entry = (await _run.EntriesAsync(_worker))[0];
        var reversal = await _run.Organizer.Points.CorrectEntryAsync(new() { EntryId = entry.EntryId, Reason = "误报" });
        (await CorrectAsync(entry.EntryId)).ShouldBe((StatusCode.FailedPrecondition, "ENTRY_CORRECTED"));
        (await CorrectAsync(reversal.EntryId)).ShouldBe((StatusCode.FailedPrecondition, "ENTRY_IS_CORRECTION"));
        (await CorrectAsync(entry.EntryId, "")).ShouldBe((StatusCode.InvalidArgument, "ARGUMENT_REQUIRED"));
        (await CorrectAsync(_run.NewId())).ShouldBe((StatusCode.PermissionDenied, "OUT_OF_SCOPE"));
    }

    [Fact]
    public async Task CorrectEntry_AtTheSameTime_IsDoneOnce()
    {
        var entry = (await _run.EntriesAsync(_worker))[0];
        var request = new CorrectEntryRequest { EntryId = entry.EntryId, Reason = "误报", RequestId = _run.NewId() };
        var replayed = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ => await _run.Organizer.Points.CorrectEntryAsync(request)));
        replayed.Distinct().ShouldHaveSingleItem();
        (await _run.EntriesAsync(_worker)).Count.ShouldBe(4);
    }

    [Fact]
    public async Task CorrectEntry_OfOnesOwnPoints_IsRefused()
    {
        var entry = (await _run.EntriesAsync(_worker))[0];
        var own = _run.As(_worker, "county_organizer", ScoringRun.County);
        var refusal = await Refusal.OfAsync(async () => await own.Points.CorrectEntryAsync(new() { EntryId = entry.EntryId, Reason = "减一点" }));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.PermissionDenied, "ENTRY_OWN_CORRECTION"));
    }

    [Fact]
    public async Task Entries_OfOneself_AreSeenWhateverTheScope_AndThoseOfOthersAreNot()
    {
        var other = await _run.WorkerAsync("外乡", "140224206201001");
        var own = _run.As(_worker, "grid_worker", "140224299");
        (await own.Points.GetBalanceAsync(new() { SubjectId = _worker, SchemeId = _scheme.SchemeId, Period = _run.Quarter() })).TotalPoints.ShouldBe("63");
        (await own.Points.ListEntriesAsync(new() { SubjectId = _worker })).Entries.Count.ShouldBe(3);
        var refusal = await Refusal.OfAsync(async () => await own.Points.ListEntriesAsync(new() { SubjectId = other }));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.PermissionDenied, "OUT_OF_SCOPE"));
        var unknown = await Refusal.OfAsync(async () => await own.Points.ListEntriesAsync(new() { SubjectId = _run.NewId() }));
        unknown.Text.ShouldBe(refusal.Text, "an error does not reveal whether the subject exists");
    }

    [Fact]
    public async Task ListEntries_PageByPage_GivesEachOnce_NewestFirst()
    {
        var request = new ListEntriesRequest { SubjectId = _worker, PageSize = 2, Period = _run.Quarter(), SchemeId = _scheme.SchemeId };
        var first = await _run.Organizer.Points.ListEntriesAsync(request);
        request.PageToken = first.NextPageToken;
        var second = await _run.Organizer.Points.ListEntriesAsync(request);
        first.Entries.Concat(second.Entries).Select(entry => entry.Sequence).ShouldBe([3, 2, 1]);
        second.NextPageToken.ShouldBeEmpty();
        request.Period = "2020Q1";
        (await Refusal.OfAsync(async () => await _run.Organizer.Points.ListEntriesAsync(request))).Reason.ShouldBe("PAGE_TOKEN_INVALID");
    }

    private async Task<(StatusCode, string)> CorrectAsync(string entry, string reason = "误报")
    {
        var refusal = await Refusal.OfAsync(async () => await _run.Organizer.Points.CorrectEntryAsync(new() { EntryId = entry, Reason = reason }));
        return (refusal.Code, refusal.Reason);
    }

    private async Task<VerifyLedgerResponse> VerifyAsync() => await _run.Organizer.Points.VerifyLedgerAsync(new() { SubjectId = _worker });

    /// <summary>What somebody with the database's own rights could do.</summary>
    private Task BehindAsync(string sql) =>
        _run.ExecuteAsync($"ALTER TABLE ledger_entry DISABLE TRIGGER USER; {sql}; ALTER TABLE ledger_entry ENABLE TRIGGER USER");
}
