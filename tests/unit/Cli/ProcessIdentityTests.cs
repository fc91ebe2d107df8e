using System.Diagnostics;
using Jiceng.Cli.Processes;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void Of_ThisProcess_IsAliveAndStable()
    {
        var self = ProcessIdentity.Of(Environment.ProcessId).ShouldNotBeNull();

        self.Alive.ShouldBeTrue();
        ProcessIdentity.Of(Environment.ProcessId).ShouldBe(self);
    }

    [Fact]
    public async Task Signal_ReusedProcessId_IsNotSent()
    {
        using var stranger = Process.Start("sleep", "60");
        var real = ProcessIdentity.Of(stranger.Id).ShouldNotBeNull();
        try
        {
            // The record of an ended process whose id was reused.
            var stale = real with { StartTicks = real.StartTicks - 1 };
            stale.Alive.ShouldBeFalse();
            stale.Signal(ProcessIdentity.Kill);
            (real with { Boot = "another boot" }).Signal(ProcessIdentity.Kill);
            real.Alive.ShouldBeTrue();
        }
        finally
        {
            await real.StopAsync(ProcessIdentity.Terminate, TimeSpan.FromSeconds(5));
        }

        real.Alive.ShouldBeFalse();
    }

    [Fact]
    public async Task StopAsync_ProcessIgnoresTerm_IsKilled()
    {
        using var stubborn = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]) { RedirectStandardOutput = true })!;
        await stubborn.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        var identity = ProcessIdentity.Of(stubborn.Id).ShouldNotBeNull();

        await identity.StopAsync(ProcessIdentity.Terminate, TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);

        identity.Alive.ShouldBeFalse();
        await stubborn.WaitForExitAsync(TestContext.Current.CancellationToken);
        stubborn.ExitCode.ShouldBe(128 + ProcessIdentity.Kill);
    }
}
