namespace Jiceng.Bench.Faults;

/// <summary>
/// Which harm comes when, made up front: the same seed and duration give the same schedule. Each round deals every kind once; targets of a
/// kind are dealt in turn, so that in ten minutes every process is hit.
/// </summary>
internal static class FaultSchedule
{
    /// <summary>Beyond it Redis hands what a sidecar holds to another one (deploy/local/components/pubsub.yaml).</summary>
    public static readonly TimeSpan ProcessingTimeout = TimeSpan.FromSeconds(60);

    /// <summary>From this length on every kind is in the schedule, and pauses last longer than the processing timeout.</summary>
    public static readonly TimeSpan Full = TimeSpan.FromSeconds(115);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly string[] Services = ["cadre", "cadre-2", "grid", "grid-2", "scoring", "scoring-2"];
    private static readonly string[] Sidecars = [.. Services.Select(service => $"{service}-sidecar")];

    private static readonly (FaultKind Kind, string[] Targets)[] Kinds =
    [
        (FaultKind.KillService, Services),
        (FaultKind.KillSidecar, Sidecars),
        (FaultKind.KillRedis, ["redis"]),
        (FaultKind.KillPostgres, ["postgres"]),
        (FaultKind.KillGateway, ["gateway"]),
        (FaultKind.FlushRedis, ["redis"]),
        (FaultKind.Outage, ["grid", "scoring", "cadre"]),
        (FaultKind.Poison, ["jiceng.grid.case.v1"]),
        (FaultKind.Migrate, ["grid", "scoring", "cadre"]),
    ];

    public static IReadOnlyList<Fault> Make(int seed, TimeSpan duration)
    {
        var random = new Random(seed);
        var full = duration >= Full;
        // Enough for what died to be up again, most of the time: some faults are to meet the recovery from the one before.
        var gap = TimeSpan.FromSeconds(full ? 9.5 : 3.5);
        var targets = Kinds.ToDictionary(kind => kind.Kind, kind => Endless(kind.Targets, random).GetEnumerator());
        using var paused = Endless([.. Services, .. Sidecars], random).GetEnumerator();
        var faults = new List<Fault>();
        var at = First;
        while (true)
        {
            // A pause comes first in its round: the others come while it lasts.
            var length = TimeSpan.FromSeconds((full ? ProcessingTimeout.TotalSeconds + 3 : 6) + (random.NextDouble() * 4));
            if (at + length < duration) Add(new Fault(at, FaultKind.Pause, Next(paused), length));
            foreach (var kind in Shuffled(Kinds.Select(kind => kind.Kind), random))
            {
                if (at >= duration - First) return faults;
                Add(new Fault(at, kind, Next(targets[kind]), TimeSpan.Zero));
            }
        }

        void Add(Fault fault)
        {
            faults.Add(fault);
            at += gap * (0.75 + (random.NextDouble() * 0.5));
        }
    }

    private static string Next(IEnumerator<string> targets)
    {
        targets.MoveNext();
        return targets.Current;
    }

    private static IEnumerable<string> Endless(string[] targets, Random random)
    {
        while (true)
        {
            foreach (var target in Shuffled(targets, random)) yield return target;
        }
    }

    private static T[] Shuffled<T>(IEnumerable<T> all, Random random)
    {
        T[] order = [.. all];
        random.Shuffle(order);
        return order;
    }
}
