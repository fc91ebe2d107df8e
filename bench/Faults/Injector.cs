using System.Collections.Concurrent;
using System.Globalization;
using Jiceng.Cli;
using Jiceng.Cli.Processes;

namespace Jiceng.Bench.Faults;

/// <summary>Injects the scheduled faults and reports them.</summary>
internal sealed class Injector(PrivateSuite suite, Broker broker, Screen screen)
{
    private const int Stop = 19;
    private const int Continue = 18;
    private const int MigrationAttempts = 6;
    private readonly ConcurrentDictionary<string, string> _poison = [];

    /// <summary>Ids of the messages that no service can handle, with their topics.</summary>
    public IReadOnlyDictionary<string, string> Poison => _poison;

    /// <summary>The injected faults with their times.</summary>
    public ConcurrentQueue<string> Log { get; } = [];

    public async Task RunAsync(IReadOnlyList<Fault> schedule, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var lasting = new List<Task>();
        foreach (var fault in schedule)
        {
            var wait = fault.At - TimeProvider.System.GetElapsedTime(start);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, TimeProvider.System, cancellationToken);
            // Not awaited here: a pause is long, and Redis may be down.
            lasting.Add(InjectAsync(fault, text => Report(TimeProvider.System.GetElapsedTime(start), text), cancellationToken));
        }

        await Task.WhenAll(lasting);
    }

    private async Task InjectAsync(Fault fault, Action<string> report, CancellationToken cancellationToken)
    {
        switch (fault.Kind)
        {
            case FaultKind.Pause:
                await PauseAsync(fault, report, cancellationToken);
                break;
            case FaultKind.FlushRedis:
                await broker.FlushAsync(cancellationToken);
                report("FLUSHALL redis");
                break;
            case FaultKind.Outage:
                report(string.Join(", ", new[] { Kill(fault.Target), Kill($"{fault.Target}-2") }));
                break;
            case FaultKind.Poison:
                var id = suite.Gateway.RequestId();
                _poison[id] = fault.Target;
                await broker.PoisonAsync(fault.Target, id, cancellationToken);
                report($"poison {id} into {fault.Target}");
                break;
            case FaultKind.Migrate:
                await MigrateAsync(fault.Target, report, cancellationToken);
                break;
            default:
                report(Kill(fault.Target));
                break;
        }
    }

    private string Kill(string name)
    {
        var process = suite.Process(name);
        if (!process.Alive) return $"{name} is not running yet";
        process.Signal(ProcessIdentity.Kill);
        return $"kill -9 {name}";
    }

    private async Task PauseAsync(Fault fault, Action<string> report, CancellationToken cancellationToken)
    {
        var process = suite.Process(fault.Target);
        process.Signal(Stop);
        report(string.Create(CultureInfo.InvariantCulture, $"SIGSTOP {fault.Target} for {fault.Length.TotalSeconds:0} s"));
        try
        {
            await Task.Delay(fault.Length, TimeProvider.System, cancellationToken);
        }
        finally
        {
            // Killed during the pause, it is a new process that was never suspended.
            process.Signal(Continue);
            report($"SIGCONT {fault.Target}");
        }
    }

    /// <summary>Runs a migration. One that meets a dead PostgreSQL fails and is run again, as an operator would do.</summary>
    private async Task MigrateAsync(string service, Action<string> report, CancellationToken cancellationToken)
    {
        report($"migrate {service}, and {Kill($"{service}-2")}");
        for (var attempt = 1; ; attempt++)
        {
            var output = new List<string>();
            var code = await suite.CommandAsync(service, ["migrate"], output.Add, cancellationToken);
            report($"migrate {service} ended with exit code {code}");
            if (code == 0) return;
            if (attempt == MigrationAttempts) throw new CliException($"The migration of {service} failed {attempt} times:\n{string.Join('\n', output.TakeLast(10))}");
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellationToken);
        }
    }

    private void Report(TimeSpan at, string text)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"  {at.TotalSeconds,6:0.0} s  {text}");
        Log.Enqueue(line);
        screen.Line(line);
    }
}
