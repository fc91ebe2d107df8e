using Jiceng.Bench.Faults;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Bench;

public sealed class FaultScheduleTests
{
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);
    private static readonly int[] Seeds = [.. Enumerable.Range(1, 50)];

    [Fact]
    public void Make_SameSeedAndDuration_IsTheSame() => FaultSchedule.Make(7, TenMinutes).ShouldBe(FaultSchedule.Make(7, TenMinutes));

    [Fact]
    public void Make_OtherSeed_Differs() => FaultSchedule.Make(7, TenMinutes).ShouldNotBe(FaultSchedule.Make(8, TenMinutes));

    [Fact]
    public void Make_TenMinutes_HasEveryKindAndKillsEveryProcess()
    {
        string[] services = ["cadre", "cadre-2", "grid", "grid-2", "scoring", "scoring-2"];
        foreach (var seed in Seeds)
        {
            var faults = FaultSchedule.Make(seed, TenMinutes);

            faults.Select(fault => fault.Kind).Distinct().Count().ShouldBe(Enum.GetValues<FaultKind>().Length);
            faults.Where(fault => fault.Kind is FaultKind.KillService or FaultKind.KillSidecar or FaultKind.KillRedis or FaultKind.KillPostgres or FaultKind.KillGateway)
                .Select(fault => fault.Target).Distinct().Order(StringComparer.Ordinal)
                .ShouldBe(services.Concat(services.Select(service => $"{service}-sidecar")).Concat(["redis", "postgres", "gateway"]).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Make_TwoMinutes_HasEveryKindAndAPauseBeyondTheProcessingTimeout()
    {
        foreach (var seed in Seeds)
        {
            var faults = FaultSchedule.Make(seed, TimeSpan.FromMinutes(2));

            faults.Select(fault => fault.Kind).Distinct().Count().ShouldBe(Enum.GetValues<FaultKind>().Length);
            faults.Where(fault => fault.Kind == FaultKind.Pause).ShouldAllBe(fault => fault.Length > FaultSchedule.ProcessingTimeout);
        }
    }

    [Theory]
    [InlineData(25)]
    [InlineData(40)]
    [InlineData(120)]
    [InlineData(600)]
    public void Make_AnyLength_IsOrderedAndEndsInTime(int seconds)
    {
        var duration = TimeSpan.FromSeconds(seconds);
        foreach (var seed in Seeds)
        {
            var faults = FaultSchedule.Make(seed, duration);

            faults.Count.ShouldBeInRange(5, 80);
            faults.ShouldAllBe(fault => fault.At > TimeSpan.Zero && fault.At + fault.Length < duration);
            for (var i = 1; i < faults.Count; i++) faults[i].At.ShouldBeGreaterThan(faults[i - 1].At + TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public void Make_ShortRun_HasAFewFaults() => FaultSchedule.Make(1, TimeSpan.FromSeconds(40)).Count.ShouldBeInRange(6, 12);
}
