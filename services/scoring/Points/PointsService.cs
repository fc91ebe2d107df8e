using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Ranking;
using Jiceng.Scoring.Schemes;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;
using Npgsql;
using V1 = Jiceng.Scoring.V1;

namespace Jiceng.Scoring.Points;

internal sealed class PointsService(
    RankingReadStore rankings, Database database, RpcWrites writes, TimeProvider time)
    : V1.PointsService.PointsServiceBase
{
    private const int MaxBreaks = 100;

    public override Task<V1.Balance> GetBalance(V1.GetBalanceRequest request, ServerCallContext context) => database.ReadAsync(
        async (connection, cancellationToken) =>
        {
            var subject = await SubjectAsync(connection, request.SubjectId, cancellationToken);
            var (scheme, period, until) = await PeriodAsync(connection, request.SchemeId, request.Period, cancellationToken);
            var based = await RankingStore.IsRankedAsync(connection, scheme, period, until, subject.Ref, cancellationToken) ? scheme.Terms.BasePoints : 0;
            var (sum, count) = await LedgerStore.SumAsync(connection, subject.Ref, scheme.Id, period.ToString(), cancellationToken);
            return new V1.Balance
            {
                SubjectId = subject.Ref.Id,
                SchemeId = scheme.Id.ToString(),
                Period = period.ToString(),
                BasePoints = PointsText.Format(based),
                EntryPoints = PointsText.Format(sum),
                TotalPoints = PointsText.Format(based + sum),
                EntryCount = count,
            };
        },
        context.CancellationToken);

    public override Task<V1.ListEntriesResponse> ListEntries(V1.ListEntriesRequest request, ServerCallContext context)
    {
        var limit = Paging.Limit(request.PageSize);
        var scheme = Require.OptionalId(request.SchemeId, "scheme_id");
        var period = request.Period.Length == 0 ? null : ParsePeriod(request.Period).ToString();
        long? below = Paging.After(request, 1) is [var last] ? long.Parse(last, CultureInfo.InvariantCulture) : null;
        return database.ReadAsync(
            async (connection, cancellationToken) =>
            {
                var subject = await SubjectAsync(connection, request.SubjectId, cancellationToken);
                var found = await LedgerStore.ListAsync(connection, subject.Ref, scheme, period, below, limit, cancellationToken);
                var (rows, next) = Paging.Page(request, found, limit, row => [row.Sequence.ToString(CultureInfo.InvariantCulture)]);
                return new V1.ListEntriesResponse { Entries = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
            },
            context.CancellationToken);
    }

    public override Task<V1.EntryExplanation> ExplainEntry(V1.ExplainEntryRequest request, ServerCallContext context) => database.ReadAsync(
        async (connection, cancellationToken) =>
        {
            var entry = await EntryAsync(connection, request.EntryId, cancellationToken);
            var versions = await SchemeStore.VersionsAsync(connection, entry.SchemeId, cancellationToken);
            var scheme = versions.First(version => version.Version == entry.SchemeVersion);
            var rule = scheme.Terms.Rules.First(rule => rule.Key == entry.RuleKey);
            var fact = await FactStore.FindAsync(connection, entry.EventId, cancellationToken);
            var response = new V1.EntryExplanation
            {
                Entry = entry.ToMessage(),
                SchemeName = scheme.Name,
                RuleTitle = rule.Title,
                RuleTitleEn = rule.TitleEn,
                MatterId = entry.MatterId,
                CorrectedByEntryId = (await LedgerStore.CorrectionAsync(connection, entry.Id, cancellationToken))?.ToString() ?? "",
            };
            if (fact is not null) response.EventFields.Add(fact.Fields);
            return response;
        },
        context.CancellationToken);

    public override Task<V1.Entry> CorrectEntry(V1.CorrectEntryRequest request, ServerCallContext context) => writes.RunAsync(
        request,
        context,
        async (work, caller, cancellationToken) =>
        {
            var reason = Require.Text(request.Reason, "reason", 500);
            var entry = await EntryAsync(work.Connection, request.EntryId, cancellationToken);
            await SubjectStore.LockAsync(work, [entry.Subject], cancellationToken);
            if (entry.CorrectsId is not null) throw ScoringErrors.EntryIsCorrection.With();
            var subject = await SubjectAsync(work.Connection, entry.Subject.Id, cancellationToken);
            if (subject.IsOwn(caller.SubjectId)) throw ScoringErrors.EntryOwnCorrection.With();
            if (await LedgerStore.CorrectionAsync(work.Connection, entry.Id, cancellationToken) is { } before)
                throw ScoringErrors.EntryCorrected.With(("entry_id", before.ToString()));
            var reversal = await PointsPoster.ReverseAsync(work, entry, reason, Activity.Current?.TraceId.ToHexString() ?? "", cancellationToken);
            work.Audit("entry.correct", "entry", entry.Id.ToString(), entry.Place.Value);
            return reversal.ToMessage();
        });

    public override async Task<V1.ListRankingResponse> ListRanking(V1.ListRankingRequest request, ServerCallContext context)
    {
        var size = Paging.Size(request.PageSize);
        var position = Paging.After(request, 1) is [var last] ? int.Parse(last, CultureInfo.InvariantCulture) : 0;
        var places = context.Caller().Intersect(request.PlaceCode);
        return await database.ReadAsync(
            async (connection, cancellationToken) =>
            {
                var (scheme, period, until) = await PeriodAsync(connection, request.SchemeId, request.Period, cancellationToken);
                if (request.Group.Length > 0 && !scheme.Terms.Groups.Contains(request.Group))
                    throw Require.Invalid("group", $"one of {string.Join(", ", scheme.Terms.Groups)}, or empty");
                var group = request.Group.Length == 0 ? null : request.Group;
                var page = await rankings.ReadAsync(connection, new RankingScope(scheme, period, until, places, group), position, size, cancellationToken);
                var names = await SubjectStore.FindAsync(connection, page.Rows.Select(row => row.Subject), cancellationToken);
                var response = new V1.ListRankingResponse
                {
                    TotalSize = page.Size,
                    Period = period.ToString(),
                    Source = page.FromRedis ? V1.RankingSource.Redis : V1.RankingSource.Ledger,
                };
                response.Rows.Add(page.Rows.Select(row => new V1.RankingRow
                {
                    Rank = row.Rank,
                    SubjectKind = (V1.SubjectKind)row.Subject.Kind,
                    SubjectId = row.Subject.Id,
                    DisplayName = names.GetValueOrDefault(row.Subject)?.Name ?? "",
                    PlaceCode = row.Place.Value,
                    TotalPoints = PointsText.Format(row.Total),
                }));
                if (position + size < page.Size)
                    response.NextPageToken = Paging.Next(request, (position + size).ToString(CultureInfo.InvariantCulture));
                return response;
            },
            context.CancellationToken);
    }

    public override async Task<V1.VerifyLedgerResponse> VerifyLedger(V1.VerifyLedgerRequest request, ServerCallContext context)
    {
        var places = context.Caller().Intersect(request.PlaceCode);
        var subject = request.SubjectId.Length == 0 ? null : Require.Text(request.SubjectId, "subject_id", 50);
        var found = await database.ReadAsync(
            (connection, cancellationToken) => LedgerStore.VerifyAsync(connection, places, subject, cancellationToken), context.CancellationToken);
        if (subject is not null && found.Subjects == 0) throw NotFound(subject, request.PlaceCode);
        var response = new V1.VerifyLedgerResponse { Intact = found.Breaks.Count == 0, SubjectCount = found.Subjects, EntryCount = found.Entries };
        response.Breaks.Add(found.Breaks.Take(MaxBreaks).Select(broken => new V1.LedgerBreak
        {
            SubjectKind = (V1.SubjectKind)broken.Subject.Kind,
            SubjectId = broken.Subject.Id,
            Sequence = broken.Sequence,
            EntryId = broken.EntryId?.ToString() ?? "",
            Fault = broken.Fault.ToString().ToLowerInvariant(),
        }));
        return response;
    }

    public override async Task<V1.RebuildRankingResponse> RebuildRanking(V1.RebuildRankingRequest request, ServerCallContext context)
    {
        var scheme = Require.OptionalId(request.SchemeId, "scheme_id");
        Require.OptionalId(request.RequestId, "request_id");
        // Redis takes no part in the transaction, and the transaction may run again: so the rankings are rebuilt before it.
        var count = await rankings.RebuildAsync(scheme, (_, _) => { }, context.CancellationToken);
        return await writes.RunAsync(request, context, (work, _, _) =>
        {
            work.Audit("ranking.rebuild", "scheme", request.SchemeId);
            return Task.FromResult(new V1.RebuildRankingResponse { RankingCount = count });
        });
    }

    private static Period ParsePeriod(string text) =>
        Period.TryParse(text, out var period) ? period : throw Require.Invalid("period", "a quarter as 2026Q1 or a year as 2026");

    private static ApiException NotFound(string subject, string place) =>
        ScoringErrors.SubjectNotFound.With(("subject_id", subject), ("place_code", place.Length == 0 ? "-" : place));

    private static async Task<Subject> SubjectAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken) =>
        await SubjectStore.FindAsync(connection, id, cancellationToken) ?? throw NotFound(id, "");

    private static async Task<Entry> EntryAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken) =>
        await LedgerStore.FindAsync(connection, Require.Id(id, "entry_id"), cancellationToken) ?? throw ScoringErrors.EntryNotFound.With(("entry_id", id));

    private async Task<(Scheme Scheme, Period Period, DateOnly Until)> PeriodAsync(
        NpgsqlConnection connection, string schemeId, string text, CancellationToken cancellationToken)
    {
        var today = ChinaTime.Day(time.GetUtcNow());
        var versions = await SchemeStore.VersionsAsync(connection, Require.Id(schemeId, "scheme_id"), cancellationToken);
        if (versions.Count == 0) throw SchemeService.NotFound(schemeId, 0);
        var kind = versions[0].PeriodKind;
        var period = text.Length == 0 ? Period.Of(today, kind) : ParsePeriod(text);
        if (period.Kind != kind) throw Require.Invalid("period", kind == PeriodKind.Year ? "a year as 2026" : "a quarter as 2026Q1");
        return Scheme.Of(versions, period, today) is var (scheme, until)
            ? (scheme, period, until)
            : throw ScoringErrors.SchemeNotInForce.With(("period", period.ToString()));
    }
}
