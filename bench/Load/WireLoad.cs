namespace Jiceng.Bench.Load;

/// <summary>A fixed call rate for a period.</summary>
internal sealed record LoadPhase(double Rate, TimeSpan Length);

/// <summary>The result of a phase.</summary>
/// <param name="Measurement">All of its calls, including those answered after its end.</param>
/// <param name="Offered">Calls per second sent before its end; below its rate when the client or flow control held them back.</param>
internal sealed record PhaseResult(Measurement Measurement, double Offered);

/// <summary>Open-loop load from <see cref="WireCaller"/>s.</summary>
internal sealed class WireLoad : IDisposable
{
    private readonly IReadOnlyList<LoadPhase> _phases;
    private readonly IReadOnlyList<WireCaller> _callers;
    private readonly Timeline _timeline;
    private readonly Tally[] _tallies;

    /// <param name="phases">Phases in order.</param>
    /// <param name="timeline">Records each call.</param>
    /// <param name="callers">Number of callers, which take turns.</param>
    /// <param name="caller">Creates the caller with this number; it must report how its calls end.</param>
    public WireLoad(IReadOnlyList<LoadPhase> phases, Timeline timeline, int callers, Func<int, Action<WireCall, string?>, WireCaller> caller)
    {
        (_phases, _timeline) = (phases, timeline);
        _tallies = [.. phases.Select(_ => new Tally())];
        _callers = [.. Enumerable.Range(0, callers).Select(number => caller(number, End))];
    }

    /// <summary>
    /// Sends every call when it is due, and waits until the last one has ended. Latency counts from the due time. A single loop drives all
    /// callers, because a task per call would cost more than the call.
    /// </summary>
    public async Task<IReadOnlyList<PhaseResult>> RunAsync(CancellationToken cancellationToken)
    {
        var offered = new double[_phases.Count];
        var (begin, next) = (TimeSpan.Zero, 0);
        for (var phase = 0; phase < _phases.Count; phase++)
        {
            var (rate, end) = (_phases[phase].Rate, begin + _phases[phase].Length);
            var total = (long)(rate * _phases[phase].Length.TotalSeconds);
            for (long number = 0; _timeline.Elapsed < end || number < total;)
            {
                for (var due = begin + TimeSpan.FromSeconds(number / rate); number < total && due <= _timeline.Elapsed; due = begin + TimeSpan.FromSeconds(++number / rate))
                    _callers[next++ % _callers.Count].Add(new WireCall(phase, due));
                await StepAsync(cancellationToken);
            }

            offered[phase] = _callers.Sum(caller => caller.Sent.GetValueOrDefault(phase)) / _phases[phase].Length.TotalSeconds;
            begin = end;
        }

        while (_callers.Any(caller => !caller.IsIdle)) await StepAsync(cancellationToken);
        return [.. _phases.Select((phase, number) => new PhaseResult(Tally.Merge([_tallies[number]], phase.Length.TotalSeconds), offered[number]))];
    }

    public void Dispose()
    {
        foreach (var caller in _callers) caller.Dispose();
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        foreach (var caller in _callers) caller.Step(_timeline.Elapsed);
        // The system timer has a resolution of 1 ms.
        await Task.Delay(1, cancellationToken);
    }

    private void End(WireCall call, string? status)
    {
        var took = _timeline.Elapsed - call.Due;
        _tallies[call.Phase].Add(took, status);
        _timeline.Add(call.Due, took, status);
    }
}
