namespace Jiceng.Webhooks;

/// <summary>When a delivery that failed is tried again.</summary>
internal static class WebhookSchedule
{
    private const double Growth = 3;
    private const double Jitter = 0.2;

    /// <summary>The longest pause, also when the receiver asks for a longer one.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(3);

    /// <summary>How long to wait before the next attempt.</summary>
    /// <param name="first">Pause after the first attempt.</param>
    /// <param name="attempts">Attempts that failed so far, 1 or more.</param>
    /// <param name="retryAfter">What the receiver asked for, if anything.</param>
    /// <param name="random">From 0 to 1: spreads attempts that failed together.</param>
    public static TimeSpan Pause(TimeSpan first, int attempts, TimeSpan? retryAfter, double random)
    {
        // Compared before it is multiplied: the power soon is more than a TimeSpan holds.
        var factor = Math.Pow(Growth, attempts - 1);
        var regular = factor < Longest / first ? first * factor : Longest;
        var spread = regular * (1 - Jitter + (2 * Jitter * random));
        return Limited(retryAfter) is { } asked && asked > spread ? asked : spread;
    }

    /// <summary>When to try again, or null when it is to be given up.</summary>
    /// <param name="started">When it was first tried.</param>
    /// <param name="now">Now.</param>
    /// <param name="pause">As <see cref="Pause"/> says.</param>
    /// <param name="giveUpAfter">How long it is tried.</param>
    public static DateTimeOffset? Next(DateTimeOffset started, DateTimeOffset now, TimeSpan pause, TimeSpan giveUpAfter) =>
        now + pause <= started + giveUpAfter ? now + pause : null;

    /// <summary>What a receiver asked for, as far as it is honoured.</summary>
    public static TimeSpan? Limited(TimeSpan? retryAfter) => retryAfter switch
    {
        { } asked when asked <= TimeSpan.Zero => null,
        { } asked when asked > Longest => Longest,
        _ => retryAfter,
    };
}
