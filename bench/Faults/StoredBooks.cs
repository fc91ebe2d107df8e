using System.Globalization;
using Grpc.Core;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Demo;
using Jiceng.Scoring.V1;
using Npgsql;

namespace Jiceng.Bench.Faults;

/// <summary>Reads the second and the third book: the rows of the services, and what the services answer about them.</summary>
internal sealed class StoredBooks(PrivateSuite suite, CancellationToken cancellationToken)
{
    private static readonly string[] Services = ["cadre", "grid", "scoring"];

    /// <summary>Adds the stored books to the callers' book.</summary>
    public async Task<Books> ReadAsync(RecordedAnswers recorded, ChaosCounty county, IReadOnlyCollection<string> poison)
    {
        var answers = new List<StoredAnswer>();
        var events = new List<StoredEvent>();
        var dead = new List<DeadMessage>();
        foreach (var service in Services)
        {
            // Only the methods of the load: the setup stores answers too.
            answers.AddRange(await RowsAsync(
                service,
                "SELECT method, request_id, response FROM idempotency WHERE method LIKE '%.CaseService/%' OR method LIKE '%/RecordCommendation'",
                row => new StoredAnswer(row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : RecordedAnswers.HashOf((byte[])row[2]))));
            events.AddRange(await RowsAsync(
                service, "SELECT id::text, type, subject, publish_time IS NOT NULL FROM outbox",
                row => new StoredEvent(service, row.GetString(0), row.GetString(1), row.GetString(2), row.GetBoolean(3))));
            dead.AddRange(await RowsAsync(
                service, "SELECT event_id, type, error FROM dead_letter", row => new DeadMessage(service, row.GetString(0), row.GetString(1), row.GetString(2))));
        }

        var (verified, breaks) = await VerifyAsync(county);
        var (ranking, period) = await RankingAsync(county);
        return new Books
        {
            Calls = recorded.Calls,
            ExpectedCases = [.. recorded.Cases.Values],
            ExpectedCommendations = recorded.Records,
            Refusals = recorded.Refusals,
            Poison = poison,
            Answers = answers,
            Events = events,
            DeadMessages = dead,
            Cases = await RowsAsync(
                "grid",
                """
                SELECT case_id::text, reporter_id, urgency, state, version, on_the_spot,
                    ARRAY(SELECT part ->> 'HandlerId' FROM jsonb_array_elements(parts) part), rework_count, rating
                FROM grid_case
                """,
                row => new StoredCase(
                    row.GetString(0), row.GetString(1), row.GetInt16(2), row.GetInt16(3), row.GetInt64(4), row.GetBoolean(5), (string[])row[6], row.GetInt32(7), row.GetInt16(8))),
            Steps = await RowsAsync(
                "grid", "SELECT case_id::text, number, verb, to_state FROM case_step",
                row => new StoredStep(row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetInt16(3))),
            Records = await RowsAsync(
                "cadre", "SELECT record_id::text, person_id::text, level FROM record", row => new StoredRecord(row.GetString(0), row.GetString(1), row.GetString(2))),
            Ledger = await RowsAsync(
                "scoring", "SELECT subject_id, rule_key, matter_id, event_id::text, points, uncapped_points, period, corrects_id IS NOT NULL FROM ledger_entry",
                row => new LedgerRow(
                    row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetDecimal(4), row.GetDecimal(5), row.GetString(6), row.GetBoolean(7))),
            VerifiedEntries = verified,
            Breaks = breaks,
            Ranking = ranking,
            RankingPeriod = period,
            WrongCounts = await WrongCountsAsync(),
        };
    }

    private async Task<(long Entries, IReadOnlyCollection<string> Breaks)> VerifyAsync(ChaosCounty county)
    {
        var verified = await suite.Gateway.Points.VerifyLedgerAsync(new VerifyLedgerRequest(), Options(county));
        var breaks = verified.Breaks.Select(found => $"{found.SubjectId} {found.Sequence.ToString(CultureInfo.InvariantCulture)}: {found.Fault}").ToList();
        // A ledger that is not intact must report where.
        return (verified.EntryCount, verified.Intact || breaks.Count > 0 ? breaks : ["not intact, without a place"]);
    }

    private async Task<(IReadOnlyCollection<RankedRow> Rows, string Period)> RankingAsync(ChaosCounty county)
    {
        var request = new ListRankingRequest { SchemeId = county.SchemeId, PageSize = 1000 };
        // The first answer may come from the ledger; read right after a write, the ranking comes from Redis.
        for (var attempt = 1; ; attempt++)
        {
            var answer = await suite.Gateway.Points.ListRankingAsync(request, Options(county));
            if (answer.Source == RankingSource.Redis || attempt == 10)
                return ([.. answer.Rows.Select(row => new RankedRow(row.SubjectId, decimal.Parse(row.TotalPoints, CultureInfo.InvariantCulture)))],
                    answer.Source == RankingSource.Redis ? answer.Period : "not from Redis");
        }
    }

    private async Task<IReadOnlyCollection<string>> WrongCountsAsync()
    {
        var lines = new List<string>();
        return await suite.CommandAsync("grid", ["rebuild-statistics", "--dry-run"], lines.Add, cancellationToken) == 0 ? [] : lines;
    }

    private CallOptions Options(ChaosCounty county) => county.Organizer.Options(cancellationToken);

    private async Task<List<T>> RowsAsync<T>(string service, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = new NpgsqlConnection(suite.Database(service));
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await row.ReadAsync(cancellationToken)) rows.Add(read(row));
        return rows;
    }
}
