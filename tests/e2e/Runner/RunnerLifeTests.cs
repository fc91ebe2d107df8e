using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Jiceng.Cli;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Runner;

/// <summary>./jiceng stops what it starts: on request, on interruption, on failure, and after it was killed.</summary>
public sealed class RunnerLifeTests
{
    private static readonly string[] Everything =
        ["cadre", "cadre-sidecar", "gateway", "grid", "grid-sidecar", "postgres", "redis", "scoring", "scoring-sidecar"];

    /// <summary>One installation through all of it: each start costs as much as the tests of a whole service.</summary>
    [Fact]
    public async Task Up_ChildKilledRunnerKilledKeysDeleted_RestartsRecoversExplains()
    {
        await using var jiceng = new JicengScript();
        (await jiceng.UpAsync()).ShouldSatisfyAllConditions(up => up.ExitCode.ShouldBe(Exit.Done, up.Output));
        jiceng.Records.Select(r => r.Name).ShouldBe(Everything);
        jiceng.Records.ShouldAllBe(r => r.Process.Alive);
        (await jiceng.RunAsync("status")).ExitCode.ShouldBe(Exit.Done);

        var grid = jiceng.Records.Single(r => r.Name == "grid").Process;
        grid.Signal(ProcessIdentity.Kill);
        await JicengScript.UntilAsync(() => jiceng.Records.SingleOrDefault(r => r.Name == "grid") is { } again && again.Process != grid && again.Process.Alive, "another grid process");

        var first = jiceng.Records;
        jiceng.Runner.ShouldNotBeNull().Signal(ProcessIdentity.Kill);
        await JicengScript.UntilAsync(() => first.All(r => !r.Process.Alive), "the end of the children of a killed runner");
        (await jiceng.RunAsync("status")).ExitCode.ShouldBe(Exit.Failed);

        (await jiceng.UpAsync()).ShouldSatisfyAllConditions(up => up.ExitCode.ShouldBe(Exit.Done, up.Output));
        var second = jiceng.Records;
        second.Select(r => r.Name).ShouldBe(Everything);

        var down = await jiceng.RunAsync("down");
        down.ExitCode.ShouldBe(Exit.Done, down.Output);
        second.ShouldAllBe(r => !r.Process.Alive);
        jiceng.Records.ShouldBeEmpty();
        jiceng.Runner.ShouldBeNull();

        Directory.Delete(jiceng.Workspace.Keys, recursive: true);
        var withoutKeys = await jiceng.UpAsync();
        withoutKeys.ExitCode.ShouldBe(Exit.Environment, withoutKeys.Output);
        withoutKeys.Output.ShouldContain("put that folder back as it was, or start afresh with ./jiceng reset.");
        jiceng.Records.ShouldBeEmpty();
    }

    [Fact]
    public async Task Up_Interrupted_StopsEverythingWithExitCode130()
    {
        await using var jiceng = new JicengScript();
        using var up = await jiceng.StartAsync("up", "--no-demo", "--base-port", $"{jiceng.BasePort}");
        var output = Task.WhenAll(up.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), up.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await JicengScript.UntilAsync(() => up.HasExited || jiceng.Records.Any(r => r.Name == "postgres"), "a first child");
        var records = jiceng.Records;

        // During the start, like a user who chose the wrong port.
        jiceng.Runner.ShouldNotBeNull().Signal(ProcessIdentity.Interrupt);
        await up.WaitForExitAsync(TestContext.Current.CancellationToken);

        up.ExitCode.ShouldBe(Exit.Interrupted, string.Concat(await output));
        records.ShouldAllBe(r => !r.Process.Alive);
        jiceng.Records.ShouldBeEmpty();
    }

    [Fact]
    public async Task Up_ServiceFailsToStart_ShowsItsLogAndLeavesNothing()
    {
        await using var jiceng = new JicengScript();
        // Conflicts with the key file of the installation; the services report it and exit.
        jiceng.Environment["Authentication__Authority"] = "https://issuer.example";

        var up = await jiceng.UpAsync();

        up.ExitCode.ShouldBe(Exit.Failed, up.Output);
        up.Output.ShouldContain("Authentication:Authority");
        jiceng.Records.ShouldBeEmpty();
        jiceng.Runner.ShouldBeNull();
    }

    [Fact]
    public async Task Up_PortInUse_ReportsPortAndAnotherBase()
    {
        await using var jiceng = new JicengScript();
        using var other = new TcpListener(IPAddress.Loopback, jiceng.BasePort + 11);
        other.Start();

        var up = await jiceng.UpAsync();

        up.ExitCode.ShouldBe(Exit.Environment, up.Output);
        up.Output.ShouldContain($"Port {jiceng.BasePort + 11} (grid Grpc) is in use");
        up.Output.ShouldContain("--base-port");
        jiceng.Records.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tests_Interrupted_LeaveNoSuiteBehind(bool ready)
    {
        var folder = Directory.CreateTempSubdirectory("jiceng-tests-");
        folder.UnixFileMode |= UnixFileMode.OtherExecute | UnixFileMode.GroupExecute;
        using var stop = new CancellationTokenSource();
        // Like ./jiceng test, which stops its tests with SIGTERM when it is stopped.
        string[] tests = [Environment.ProcessPath!, "-method", $"*.{nameof(Up_ChildKilledRunnerKilledKeysDeleted_RestartsRecoversExplains)}"];
        var running = Tool.RunAsync(tests, "/", _ => { }, stop.Token, new Dictionary<string, string> { ["TMPDIR"] = folder.FullName });
        Workspace? suite = null;
        try
        {
            await JicengScript.UntilAsync(() => Find() is { } found && RunnerState.Find(found) is { } runner && (runner.Ready || !ready), "a suite of the tests");
            suite = Find().ShouldNotBeNull();
            var runner = RunnerState.Find(suite).ShouldNotBeNull().Process;
            var parts = new ProcessRecords(suite.Records).Read();

            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(running);

            await JicengScript.UntilAsync(() => !runner.Alive && parts.All(part => !part.Process.Alive) && !Directory.Exists(suite.Data), "the end of what the tests had started");
        }
        finally
        {
            await stop.CancelAsync();
            if (suite is not null)
            {
                if (RunnerState.Find(suite) is { } left) await left.Process.StopAsync(ProcessIdentity.Terminate, TimeSpan.FromSeconds(60));
                await new ProcessRecords(suite.Records).StopAllAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
            }

            folder.Delete(recursive: true);
        }

        Workspace? Find() => folder.GetDirectories("jiceng-up-*") is [var data] ? new Workspace(Workspace.Find(null).Root, data.FullName) : null;
    }

    [Fact]
    public async Task Down_RecordsOfDeadRunner_StopsOnlyItsProcesses()
    {
        await using var jiceng = new JicengScript();
        jiceng.Workspace.Prepare();
        using var ours = Process.Start("sleep", "120");
        using var foreign = Process.Start("sleep", "120");
        var left = ProcessIdentity.Of(ours.Id).ShouldNotBeNull();
        var stranger = ProcessIdentity.Of(foreign.Id).ShouldNotBeNull();
        var records = new ProcessRecords(jiceng.Workspace.Records);
        records.Write(new ProcessRecord("ours", left, ProcessIdentity.Terminate, StopLast: false));
        // The recorded process has ended, and its id was reused.
        records.Write(new ProcessRecord("foreign", stranger with { StartTicks = stranger.StartTicks - 1 }, ProcessIdentity.Terminate, StopLast: false));

        var down = await jiceng.RunAsync("down");

        down.ExitCode.ShouldBe(Exit.Done, down.Output);
        left.Alive.ShouldBeFalse();
        stranger.Alive.ShouldBeTrue();
        jiceng.Records.ShouldBeEmpty();
        foreign.Kill();
    }
}
