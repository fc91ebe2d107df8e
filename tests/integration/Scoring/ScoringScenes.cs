using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Scoring.V1;

namespace Jiceng.IntegrationTests.Scoring;

/// <summary>What tests of scoring let happen.</summary>
internal static class ScoringScenes
{
    public const string Closed = "jiceng.grid.case.closed.v1";

    /// <summary>A scheme of data/schemes.</summary>
    public static Scheme SchemeFile(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Jiceng.slnx"))) folder = folder.Parent!;
        return JsonParser.Default.Parse<Scheme>(File.ReadAllText(Path.Combine(folder.FullName, "data", "schemes", name)));
    }

    public static Task<Scheme> PublishAsync(this ScoringRun run, string file) => run.PublishAsync(SchemeFile(file));

    /// <summary>Creates and publishes a scheme, in force since the beginning of the year.</summary>
    public static async Task<Scheme> PublishAsync(this ScoringRun run, Scheme scheme, string? from = null)
    {
        var draft = await run.Organizer.Schemes.CreateSchemeAsync(new() { Scheme = scheme, RequestId = run.NewId() });
        return await run.Organizer.Schemes.PublishSchemeAsync(new()
        {
            SchemeId = draft.SchemeId,
            Version = 1,
            Etag = draft.Etag,
            EffectiveDate = from ?? $"{run.Clock.GetUtcNow().Year}-01-01",
            RequestId = run.NewId(),
        });
    }

    public static string Quarter(this ScoringRun run) => ChinaTime.Quarter(run.Clock.GetUtcNow());

    /// <summary>A person becomes known.</summary>
    public static async Task<string> PersonAsync(
        this ScoringRun run, string name, string place = ScoringRun.Township, long sequence = 1, string? id = null, params string[] categories)
    {
        var person = id ?? run.NewId();
        await run.HearAsync("jiceng.cadre.person.changed.v1", new PersonChanged
        {
            PersonId = person,
            DisplayName = name,
            PlaceCode = place,
            Categories = { categories },
            Sequence = sequence,
        });
        return person;
    }

    /// <summary>A person is on duty in a node.</summary>
    public static Task DutyAsync(
        this ScoringRun run, string person, string role = "full_time", string node = "140224205201001", string? id = null, DateTimeOffset? start = null,
        DateTimeOffset? end = null, long sequence = 1) => run.HearAsync("jiceng.grid.duty.changed.v1", new DutyChanged
        {
            DutyId = id ?? run.NewId(),
            PersonId = person,
            NodeCode = node,
            Role = role,
            StartTime = (start ?? run.Clock.GetUtcNow().AddYears(-1)).ToTimestamp(),
            EndTime = end?.ToTimestamp(),
            Sequence = sequence,
        });

    /// <summary>A full-time worker, known and on duty.</summary>
    public static async Task<string> WorkerAsync(this ScoringRun run, string name = "王芳", string node = "140224205201001", string role = "full_time")
    {
        var person = await run.PersonAsync(name, node);
        await run.DutyAsync(person, role, node);
        return person;
    }

    public static CaseClosed CaseOf(this ScoringRun run, params string[] handlers) => new()
    {
        CaseId = run.NewId(),
        NodeCode = "140224205201001",
        Category = "sanitation.rubbish",
        Urgency = "normal",
        HandlerIds = { handlers },
        ReportTime = run.Clock.GetUtcNow().AddHours(-2).ToTimestamp(),
        CloseTime = run.Clock.GetUtcNow().ToTimestamp(),
        OnTime = true,
        CloseCount = 1,
        Sequence = 6,
    };

    public static async Task<Balance> BalanceAsync(this ScoringRun run, Scheme scheme, string subject, string? period = null) =>
        await run.Organizer.Points.GetBalanceAsync(new() { SubjectId = subject, SchemeId = scheme.SchemeId, Period = period ?? run.Quarter() });

    public static async Task<List<Entry>> EntriesAsync(this ScoringRun run, string subject) =>
        [.. (await run.Organizer.Points.ListEntriesAsync(new() { SubjectId = subject, PageSize = 1000 })).Entries];

    public static async Task<ListRankingResponse> RankingAsync(this ScoringRun run, Scheme scheme, string place = "", string group = "") =>
        await run.Organizer.Points.ListRankingAsync(new() { SchemeId = scheme.SchemeId, PlaceCode = place, Group = group, PageSize = 1000 });

    public static async Task<VerifyLedgerResponse> VerifyAsync(this ScoringRun run) => await run.Organizer.Points.VerifyLedgerAsync(new());
}
