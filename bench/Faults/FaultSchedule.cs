namespace Jiceng.Bench.Faults;

/// <summary>
/// Plans the faults in advance: the same seed and duration give the same schedule. Each round contains every kind once; the targets of a
/// kind take turns, so that ten minutes reach every process.
/// </summary>
internal static class FaultSchedule
{
    /// <summary>Time after which Redis hands the messages of one sidecar to another (deploy/local/components/pubsub.yaml).</summary>
    public static readonly TimeSpan ProcessingTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Shortest duration that includes every kind of fault and pauses longer than the processing timeout.</summary>
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
        // Usually long enough for a killed process to recover; some faults should hit the recovery from the previous one.
        var gap = TimeSpan.FromSeconds(full ? 9.5 : 3.5);
        var targets = Kinds.ToDictionary(kind => kind.Kind, kind => Endless(kind.Targets, random).GetEnumerator());
        using var paused = Endless([.. Services, .. Sidecars], random).GetEnumerator();
        var faults = new List<Fault>();
        var at = First;
        while (true)
        {
            // A pause comes first in its round, so that the other faults happen during it.
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
