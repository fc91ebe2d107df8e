using System.Text.Json;
using Jiceng.Cli;
using Jiceng.Cli.Commands;
using Jiceng.Cli.Running;
using Jiceng.Cli.Testing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class CommandValuesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-cli-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("30m", 30)]
    [InlineData("8h", 480)]
    [InlineData("7d", 10_080)]
    public void Lifetime_NumberWithUnit_IsRead(string text, int minutes) => TokenCommand.Lifetime(text).ShouldBe(TimeSpan.FromMinutes(minutes));

    [Theory]
    [InlineData("")]
    [InlineData("8")]
    [InlineData("h")]
    [InlineData("-1h")]
    [InlineData("0h")]
    [InlineData("367d")]
    public void Lifetime_AnythingElse_IsRejectedWithAnExample(string text) =>
        Should.Throw<CliException>(() => TokenCommand.Lifetime(text)).Message.ShouldContain("8h");

    [Fact]
    public void Since_Day_IsMidnightInChina() =>
        ReplayCommand.Since("2026-11-01", TimeProvider.System).UtcDateTime.ShouldBe(new DateTime(2026, 10, 31, 16, 0, 0, DateTimeKind.Utc));

    [Theory]
    [InlineData(1023)]
    [InlineData(65_001)]
    public void Load_BasePortOutOfRange_IsRejected(int port) =>
        Should.Throw<CliException>(() => Settings.Load(new Workspace(_folder.FullName, _folder.FullName), port)).ExitCode.ShouldBe(Exit.Usage);

    [Fact]
    public void Load_BasePortSavedBefore_IsRemembered()
    {
        var workspace = new Workspace(_folder.FullName, _folder.FullName);
        new Settings(7_000).Save(workspace);
        Settings.Load(workspace, null).BasePort.ShouldBe(7_000);
    }

    [Fact]
    public void Readable_JsonLine_HasTimeLevelMessageAndTrace() =>
        LogFile.Readable(JsonSerializer.Serialize(new { time = "2026-03-31T08:00:00Z", level = "warning", message = "slow", trace_id = "abc" }))
            .ShouldBe("2026-03-31T08:00:00Z  warning  slow  trace abc");

    [Theory]
    [InlineData("plain text")]
    [InlineData("{broken")]
    [InlineData("{\"a\":1}")]
    public void Readable_OtherLine_IsUnchanged(string line) => LogFile.Readable(line).ShouldBe(line);

    [Theory]
    [InlineData("""<assemblies><assembly passed="3" failed="1" skipped="2" not-run="1" errors="1"/></assemblies>""", 1, 3, 2, 3)]
    [InlineData("""<assemblies><assembly passed="3" failed="0" skipped="0" not-run="0" errors="0"/></assemblies>""", 0, 3, 0, 0)]
    [InlineData("""<assemblies><assembly passed="3" failed="0" skipped="0" not-run="0" errors="0"/></assemblies>""", 134, 3, 1, 0)]
    [InlineData("<assemblies><assem", 0, 0, 1, 0)]
    public void Read_Results_CountsPassedFailedAndNotRun(string content, int exitCode, int passed, int failed, int skipped)
    {
        var file = Path.Combine(_folder.FullName, "results.xml");
        File.WriteAllText(file, content);
        TestSummary.Read("Some", file, exitCode).ShouldBe(new TestSummary("Some", passed, failed, skipped));
    }

    [Fact]
    public void Read_MissingResults_IsAFailure() => TestSummary.Read("Some", Path.Combine(_folder.FullName, "none.xml"), 0).Failed.ShouldBe(1);

    [Fact]
    public void Programs_OfTheSolution_AreTheTestProjectsThatRun()
    {
        var programs = TestRun.Programs(Workspace.Find(null).Root);
        programs.ShouldContain("UnitTests");
        programs.ShouldContain("EndToEndTests");
        programs.ShouldNotContain("TestSupport");
    }
}
