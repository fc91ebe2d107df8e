using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.IntegrationTests.Scoring;
using Jiceng.Scoring;
using Jiceng.Scoring.V1;
using Jiceng.TestSupport;
using Npgsql;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Jiceng.IntegrationTests.Access;

/// <summary>Scoring with a scored official, an open item and a scheme in each of two townships, below one scheme of the county.</summary>
internal static class ScoringWorld
{
    public static async Task<AccessWorld> StartAsync(RedisServer redis)
    {
        var run = await ServiceRun.StartAsync(
            "scoring", builder => builder.AddScoring(), app => app.MapScoring(), TestContext.Current.CancellationToken,
            new Dictionary<string, string?> { ["ConnectionStrings:Redis"] = redis.Address });
        var organizer = run.As(AccessWorld.NewId(), "county_organizer", AccessWorld.County);
        var schemes = new SchemeService.SchemeServiceClient(run.Channel);
        var draft = await schemes.CreateSchemeAsync(new CreateSchemeRequest { Scheme = SchemeOf(AccessWorld.County) }, organizer);
        await schemes.PublishSchemeAsync(
            new PublishSchemeRequest
            {
                SchemeId = draft.SchemeId,
                Version = 1,
                Etag = draft.Etag,
                EffectiveDate = $"{TimeProvider.System.GetUtcNow().Year}-01-01",
            },
            organizer);
        return new AccessWorld(
            run, "jiceng.scoring.v1", await SeedAsync(run, organizer, draft.SchemeId, "140224205"), await SeedAsync(run, organizer, draft.SchemeId, "140224206"));
    }

    private static async Task<Seed> SeedAsync(ServiceRun run, Metadata organizer, string countyScheme, string township)
    {
        var (official, name) = (AccessWorld.NewId(), $"干部{township}");
        await KnowAsync(run, official, name, township);
        var items = new ItemService.ItemServiceClient(run.Channel);
        var done = await AssignAsync(items, organizer, official, township);
        await items.HandInItemAsync(new HandInItemRequest { ItemId = done }, run.As(official, "township_committee", township));
        await items.VerifyItemAsync(new VerifyItemRequest { ItemId = done, Done = true }, organizer);
        var open = await AssignAsync(items, organizer, official, township);
        var entries = await new PointsService.PointsServiceClient(run.Channel).ListEntriesAsync(new ListEntriesRequest { SubjectId = official }, organizer);
        var scheme = await new SchemeService.SchemeServiceClient(run.Channel).CreateSchemeAsync(
            new CreateSchemeRequest { Scheme = SchemeOf(township) }, organizer);
        return new Seed(
            township,
            $"{township}201",
            new Dictionary<string, string>
            {
                ["scheme"] = scheme.SchemeId,
                ["subject"] = official,
                ["item"] = open,
                ["entry"] = entries.Entries.Single().EntryId,
            },
            new Dictionary<string, string> { ["subject_id"] = official, ["ListRanking.scheme_id"] = countyScheme },
            official,
            [township, official, name, done, open, entries.Entries.Single().EntryId]);
    }

    private static Scheme SchemeOf(string place)
    {
        var scheme = ScoringScenes.SchemeFile("township-officials-quarter.json");
        scheme.PlaceCode = place;
        return scheme;
    }

    private static async Task<string> AssignAsync(ItemService.ItemServiceClient items, Metadata organizer, string official, string township)
    {
        var item = await items.AssignItemAsync(
            new AssignItemRequest
            {
                PlaceCode = township,
                SubjectId = official,
                Title = $"交办{township}",
                Difficulty = 3,
                DueTime = TimeProvider.System.GetUtcNow().AddDays(1).ToTimestamp(),
            },
            organizer);
        return item.ItemId;
    }

    /// <summary>What the events of cadre would have told.</summary>
    private static async Task KnowAsync(ServiceRun run, string official, string name, string township)
    {
        await using var command = run.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(
            """
            WITH known AS (INSERT INTO subject (kind, id, name, place_code, sequence) VALUES ('person', $1, $2, $3, 1))
            INSERT INTO membership (kind, subject_id, source, source_id, group_name, place_code, sequence)
            VALUES ('person', $1, 'self', 'seed', 'leadership_member', $3, 1)
            """);
        foreach (var value in (string[])[official, name, township]) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
