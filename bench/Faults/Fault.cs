namespace Jiceng.Bench.Faults;

/// <summary>What can be done to a suite.</summary>
internal enum FaultKind
{
    /// <summary>A process is stopped (SIGSTOP) and later goes on (SIGCONT).</summary>
    Pause,
    KillService,
    KillSidecar,
    KillRedis,
    KillPostgres,
    KillGateway,

    /// <summary>Redis forgets everything: streams, groups and rankings.</summary>
    FlushRedis,

    /// <summary>All replicas of a service die at once: the gateway has nobody to pass calls to.</summary>
    Outage,

    /// <summary>A message that no service can handle is put into a topic.</summary>
    Poison,

    /// <summary>Migrations run again, and a replica dies meanwhile.</summary>
    Migrate,
}

/// <summary>One harm: when it comes, counted from the begin of the schedule, what it is, and to whom.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">Name of a process, of a service, or empty where there is only one.</param>
/// <param name="Length">How long it lasts; zero for what happens in a moment.</param>
internal sealed record Fault(TimeSpan At, FaultKind Kind, string Target, TimeSpan Length);
