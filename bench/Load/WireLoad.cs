namespace Jiceng.Bench.Load;

/// <summary>Calls that come at a fixed rate for a while.</summary>
internal sealed record LoadPhase(double Rate, TimeSpan Length);

/// <summary>What came of a phase.</summary>
/// <param name="Measured">Of all of its calls, also of those that were answered after its end.</param>
/// <param name="Offered">Calls a second that were sent before its end: below its rate when the load or the server's windows held them up.</param>
internal sealed record PhaseResult(Measured Measured, double Offered);

/// <summary>Open load by <see cref="WireCaller"/>s.</summary>
internal sealed class WireLoad : IDisposable
{
    private readonly IReadOnlyList<LoadPhase> _phases;
    private readonly IReadOnlyList<WireCaller> _callers;
    private readonly Timeline _timeline;
    private readonly Tally[] _tallies;

    /// <param name="phases">One after the other.</param>
    /// <param name="timeline">Is told of each call.</param>
    /// <param name="callers">How many callers take turns.</param>
    /// <param name="caller">Makes the caller of this number; it has to tell how its calls end.</param>
    public WireLoad(IReadOnlyList<LoadPhase> phases, Timeline timeline, int callers, Func<int, Action<WireCall, string?>, WireCaller> caller)
    {
        (_phases, _timeline) = (phases, timeline);
        _tallies = [.. phases.Select(_ => new Tally())];
        _callers = [.. Enumerable.Range(0, callers).Select(number => caller(number, End))];
    }

    /// <summary>
    /// Sends every call when it is due, and waits until the last has ended. How long one took counts from when it was due. One loop
    /// does all of it: a task for each call would take longer than the call.
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
        // The timer of the system is not finer.
        await Task.Delay(1, cancellationToken);
    }

    private void End(WireCall call, string? status)
    {
        var took = _timeline.Elapsed - call.Due;
        _tallies[call.Phase].Add(took, status);
        _timeline.Add(call.Due, took, status);
    }
}
