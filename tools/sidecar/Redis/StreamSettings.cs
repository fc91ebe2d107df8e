namespace Jiceng.Sidecar.Redis;

/// <summary>How pubsub.redis uses streams; the defaults are daprd's.</summary>
internal sealed record StreamSettings
{
    /// <summary>Both the consumer group and the consumer's name, so replicas of one app share the work.</summary>
    public required string ConsumerId { get; init; }

    public int Concurrency { get; init; } = 10;

    public int QueueDepth { get; init; } = 100;

    /// <summary>An entry unacknowledged for this long is given to a worker again. Zero turns redelivery off.</summary>
    public TimeSpan ProcessingTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan RedeliverInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Zero keeps everything.</summary>
    public long MaxLenApprox { get; init; }

    /// <summary>Entries older than this are trimmed at publish; null keeps them. MaxLenApprox wins.</summary>
    public TimeSpan? StreamTtl { get; init; }

    public bool Redelivers => ProcessingTimeout > TimeSpan.Zero && RedeliverInterval > TimeSpan.Zero;
}
