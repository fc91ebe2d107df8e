using System.Diagnostics;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Substitutes;

/// <summary>What MSBuild makes of the projects with the switch on and off.</summary>
public sealed class PackageGraphTests
{
    private const string SubstitutesFolder = "substitutes/";
    private static readonly string Root = FindRoot();
    private static readonly Lazy<Task<Dictionary<string, Graph>>> On = new(() => EvaluateAsync("true"));
    private static readonly Lazy<Task<Dictionary<string, Graph>>> Off = new(() => EvaluateAsync("false"));

    public static TheoryData<string> Projects =>
        [.. new[] { "services", "libs", "tools" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(project => Path.GetRelativePath(Root, project)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public async Task Off_ReferencesRealPackagesAndNoSubstitute(string project)
    {
        var written = Written(project);
        var graph = (await Off.Value)[project];

        graph.Projects.ShouldAllBe(reference => !reference.Contains(SubstitutesFolder, StringComparison.Ordinal));
        graph.Packages.ShouldBe(written.Append("Microsoft.CodeAnalysis.BannedApiAnalyzers"), ignoreOrder: true);
        graph.Packages.Except(graph.Versions.Keys).ShouldBeEmpty();
    }

    [Fact]
    public async Task Off_TakesTheSecondVersionColumn()
    {
        var on = (await On.Value)["services/gateway/Gateway.csproj"].Versions;
        var off = (await Off.Value)["services/gateway/Gateway.csproj"].Versions;

        off.Keys.ShouldContain("Dapr.Client");
        on.Keys.ShouldNotContain("Dapr.Client");
        Version.Parse(off["Google.Protobuf"]).ShouldBeGreaterThan(Version.Parse(on["Google.Protobuf"]));
        Version.Parse(off["StackExchange.Redis"]).ShouldBeGreaterThan(Version.Parse(on["StackExchange.Redis"]));
        foreach (var folder in Directory.GetDirectories(Path.Combine(Root, "substitutes")).Select(folder => Path.GetFileName(folder)))
            off.Keys.ShouldContain(folder);
    }

    [Fact]
    public async Task Off_SubstitutesReferToNothing()
    {
        var graphs = (await Off.Value).Where(project => project.Key.StartsWith(SubstitutesFolder, StringComparison.Ordinal)).ToList();

        graphs.Count.ShouldBe(Directory.GetDirectories(Path.Combine(Root, SubstitutesFolder)).Length);
        graphs.ShouldAllBe(project => project.Value.Packages.Count == 0 && project.Value.Projects.Count == 0);
    }

    [Fact]
    public async Task On_EachUnservedPackageBecomesItsSubstitute()
    {
        var graph = (await On.Value)["tests/unit/UnitTests.csproj"];

        var substitutes = graph.Projects.Where(reference => reference.Contains(SubstitutesFolder, StringComparison.Ordinal))
            .Select(reference => Path.GetFileNameWithoutExtension(reference)).ToList();
        substitutes.ShouldBe(
            [
                "Dapr.AspNetCore", "Dapr.Client", "Grpc.AspNetCore", "Grpc.HealthCheck", "Grpc.Net.Common", "Grpc.Reflection",
                "OpenTelemetry.Extensions.Hosting", "System.IO.Hashing",
            ],
            ignoreOrder: true);
        graph.Packages.Intersect(substitutes).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Projects_DoNotKnowOfSubstitutes(string project) =>
        File.ReadAllText(Path.Combine(Root, project)).ShouldNotContain("substitute", Case.Insensitive);

    private static IEnumerable<string> Written(string project) =>
        System.Xml.Linq.XDocument.Load(Path.Combine(Root, project)).Descendants("PackageReference")
            .Select(reference => (string?)reference.Attribute("Include")).OfType<string>();

    private static async Task<Dictionary<string, Graph>> EvaluateAsync(string useSubstitutes)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = Path.Combine(Root, "tests/unit/Substitutes"),
            RedirectStandardOutput = true,
        };
        foreach (var argument in new[] { "msbuild", "graph.proj", "-t:Ask", $"-p:UseSubstitutes={useSubstitutes}", "-getItem:Answered" })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, output);

        using var json = JsonDocument.Parse(output);
        return json.RootElement.GetProperty("Items").GetProperty("Answered").EnumerateArray()
            .GroupBy(item => Path.GetRelativePath(Root, Text(item, "MSBuildSourceProjectFile")))
            .ToDictionary(items => items.Key, items => new Graph(
                [.. Of(items, "Package").Select(item => Text(item, "Identity"))],
                [.. Of(items, "Project").Select(item => Text(item, "Identity").Replace('\\', '/'))],
                Of(items, "Version").ToDictionary(item => Text(item, "Identity"), item => Text(item, "Version"))));

        static IEnumerable<JsonElement> Of(IEnumerable<JsonElement> items, string kind) => items.Where(item => Text(item, "Kind") == kind);
        static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent ?? throw new InvalidOperationException("The repository's root is not above the test's folder.");
        return folder.FullName;
    }

    private sealed record Graph(List<string> Packages, List<string> Projects, Dictionary<string, string> Versions);
}
