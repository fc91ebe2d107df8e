using Jiceng.Cli;
using Jiceng.Cli.Running;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class DaprFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-dapr-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Load_OurFile_HasEveryServiceAndTheGateway()
    {
        var apps = DaprFile.Load(Workspace.Find(null).DaprFile, Settings.DefaultBasePort);

        apps.Select(a => a.Name).ShouldBe(["cadre", "grid", "scoring", "gateway"]);
        apps.Where(a => a.Sidecar is null).Select(a => a.Name).ShouldBe(["gateway"]);
        apps.ShouldAllBe(a => Directory.Exists(a.Folder) && a.Resources.All(Directory.Exists));
    }

    [Fact]
    public void Load_AnotherBasePort_ShiftsEveryPort()
    {
        var path = Workspace.Find(null).DaprFile;
        var here = DaprFile.Load(path, 6000);
        var there = DaprFile.Load(path, 7250);

        foreach (var (before, after) in here.Zip(there))
        {
            foreach (var (name, value) in before.Settings.Where(s => Uri.TryCreate(s.Value, UriKind.Absolute, out _)))
                new Uri(after.Settings[name]).Port.ShouldBe(new Uri(value).Port + 1250, name);
            after.Sidecar?.Http.ShouldBe(before.Sidecar!.Http + 1250);
            after.Sidecar?.App.ShouldBe(before.Sidecar!.App + 1250);
        }

        // The two installations share no port.
        there.SelectMany(Ports).Intersect(here.SelectMany(Ports)).ShouldBeEmpty();
    }

    [Fact]
    public void Load_CommonAndAppSettings_AppWins()
    {
        var path = Write("""
            version: 1
            common:
              env: { SHARED: common, OWN: common }
            apps:
              - appDirPath: ./first
                command: [run]
                env: { OWN: app }
            """);

        var app = DaprFile.Load(path, 6000).ShouldHaveSingleItem();

        app.Name.ShouldBe("first");
        app.Settings.ShouldBe(new Dictionary<string, string> { ["SHARED"] = "common", ["OWN"] = "app" }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("version: 2\napps: [{appDirPath: a, command: [b]}]", "version is 2")]
    [InlineData("version: 1\napps: []", "apps is empty")]
    [InlineData("version: 1\napps: [{appID: x, command: [b]}]", "no appDirPath")]
    [InlineData("version: 1\napps: [{appID: x, appDirPath: a}]", "app x has no command")]
    [InlineData("version: 1\napps: [{appID: x, appDirPath: a, command: [b], appPort: 1}]", "no daprHTTPPort")]
    [InlineData("version: 1\napps: {", "line 2")]
    public void Load_InvalidFile_ReportsTheProblem(string content, string expected) =>
        Should.Throw<CliException>(() => DaprFile.Load(Write(content), 6000)).Message.ShouldContain(expected);

    private static IEnumerable<int> Ports(DaprApp app) =>
    [
        .. app.Settings.Values.Where(v => Uri.TryCreate(v, UriKind.Absolute, out _)).Select(v => new Uri(v).Port),
        .. app.Sidecar is { } s ? [s.App, s.Http, s.Grpc, s.InternalGrpc, s.Metrics] : Array.Empty<int>(),
    ];

    private string Write(string content)
    {
        var path = Path.Combine(_folder.FullName, "dapr.yaml");
        File.WriteAllText(path, content);
        return path;
    }
}
