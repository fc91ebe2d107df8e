using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Jiceng.Grid;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Telemetry;

/// <summary>The dashboards read instruments that .NET, ASP.NET Core and Npgsql make: those of docs/telemetry.md are really there.</summary>
public sealed partial class BuiltInInstrumentTests
{
    [Fact]
    public async Task BuiltIn_EachOfTheDocument_IsMadeByARunningService()
    {
        var made = new ConcurrentDictionary<string, string>();
        using var listener = new MeterListener { InstrumentPublished = (one, _) => made[one.Name] = $"{one.GetType().Name.Split('`')[0]} {one.Unit}" };
        listener.Start();
        await using var run = await ServiceRun.StartAsync("grid", builder => builder.AddGrid(), app => app.MapGrid(), TestContext.Current.CancellationToken);
        using (var client = new HttpClient()) await client.GetAsync(new Uri(run.HttpAddress, "/livez"), TestContext.Current.CancellationToken);

        var rows = Row().Matches(File.ReadAllText(Path.Combine(Root(), "docs/telemetry.md")).Split("| Built-in |")[1].Split("\n\n")[0]);
        rows.Count.ShouldBeGreaterThan(5);
        foreach (Match row in rows)
            made.GetValueOrDefault(row.Groups["name"].Value).ShouldBe($"{row.Groups["kind"].Value} {row.Groups["unit"].Value}", row.Groups["name"].Value);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Jiceng.slnx"))) folder = folder.Parent ?? throw new InvalidOperationException("No folder above holds Jiceng.slnx.");
        return folder.FullName;
    }

    [GeneratedRegex(@"\| `(?<name>[^`]+)` \| (?<kind>\w+) \| (?<unit>\S+) \|")]
    private static partial Regex Row();
}
