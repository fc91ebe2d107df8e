namespace Jiceng.Bench.Faults;

/// <summary>Kinds of faults.</summary>
internal enum FaultKind
{
    /// <summary>Suspends a process (SIGSTOP) and resumes it later (SIGCONT).</summary>
    Pause,
    KillService,
    KillSidecar,
    KillRedis,
    KillPostgres,
    KillGateway,

    /// <summary>Deletes everything in Redis: streams, groups and rankings.</summary>
    FlushRedis,

    /// <summary>Kills all replicas of a service at once, so that the gateway has no backend for it.</summary>
    Outage,

    /// <summary>Publishes a message that no service can handle.</summary>
    Poison,

    /// <summary>Runs the migrations again while a replica dies.</summary>
    Migrate,
}

/// <summary>A scheduled fault.</summary>
/// <param name="At">Time since the start of the schedule.</param>
/// <param name="Kind">Kind of fault.</param>
/// <param name="Target">Name of a process or service; empty when there is only one.</param>
/// <param name="Length">Duration; zero for an instantaneous fault.</param>
internal sealed record Fault(TimeSpan At, FaultKind Kind, string Target, TimeSpan Length);
