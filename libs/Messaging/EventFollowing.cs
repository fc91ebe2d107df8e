using System.Globalization;
using Jiceng.Domain;
using Jiceng.Hosting;
using Jiceng.Persistence;
using Microsoft.Extensions.Configuration;

namespace Jiceng.Messaging;

/// <summary>
/// Tells the feed to those who follow it, each at its own pace: a page is read when the one before was taken. Commits of this process wake a
/// follower at once, those of others are seen within a second. However many commits there are, a follower costs ten reads a second at most.
/// </summary>
internal sealed class EventFollowing(EventFeed feed, Database database, IConfiguration configuration, TimeProvider time)
{
    private const int PageEvents = 500;

    // A follower that reads nothing keeps a page in memory: a quarter of a reader's, since many are open at once.
    private const int PageBytes = EventFeed.PageBytes / 4;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FullRetry = TimeSpan.FromSeconds(5);
    private readonly int _most = configuration.GetValue("Outbox:Followers", 100);
    private int _open;

    /// <summary>Delivers existing and new events until it is cancelled.</summary>
    /// <param name="afterPosition">Where to begin; empty is the start, null is now.</param>
    /// <param name="reach">The events that the follower may see.</param>
    /// <param name="tell">Receives a page, and its events that the follower may see.</param>
    /// <param name="cancellationToken">Ends it: the follower left, its token ended, or the service stops.</param>
    /// <exception cref="ApiException">FOLLOWERS_FULL, PAGE_TOKEN_INVALID, or DEPENDENCY_UNAVAILABLE while PostgreSQL does not answer.</exception>
    public async Task RunAsync(
        string? afterPosition, EventReach reach, Func<FeedPage, IReadOnlyList<Envelope>, CancellationToken, Task> tell, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > _most)
                throw MessagingErrors.FollowersFull.With(("streams", _most.ToString(CultureInfo.InvariantCulture))).Retry(FullRetry);
            await FollowAsync(afterPosition ?? await feed.EndAsync(cancellationToken), reach, tell, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task FollowAsync(
        string position, EventReach reach, Func<FeedPage, IReadOnlyList<Envelope>, CancellationToken, Task> tell, CancellationToken cancellationToken)
    {
        var committed = new WakeSignal(time);
        using var announced = database.OnAnnounced(EventPublishing.Fed, committed.Set);
        long? spoken = null;
        while (true)
        {
            var begun = time.GetTimestamp();
            var page = await feed.ReadAsync(position, PageEvents, reach.Types, PageBytes, cancellationToken);
            position = page.NextPosition;
            var told = page.Events.Select(reach.Redact).OfType<Envelope>().ToList();
            if (told.Count > 0 || spoken is not { } then || time.GetElapsedTime(then) >= Silence)
            {
                // gRPC aborts a call whose message is cancelled; a call that ends between messages gets the reason.
                cancellationToken.ThrowIfCancellationRequested();
                await tell(page, told, cancellationToken);
                spoken = time.GetTimestamp();
            }

            // What an older transaction holds back is announced by nobody when that ends.
            if (page is { CaughtUp: true, HeldBack: false }) await committed.WaitAsync(Poll, cancellationToken);
            var rest = Pace - time.GetElapsedTime(begun);
            if (rest > TimeSpan.Zero) await Task.Delay(rest, time, cancellationToken);
        }
    }
}
