using System.Diagnostics;
using Grpc.Core;
using Jiceng.Common.V1;
using Shouldly;

namespace Jiceng.IntegrationTests.Messaging;

/// <summary>Somebody who follows a feed, and keeps what came.</summary>
internal sealed class Follower(AsyncServerStreamingCall<FollowEventsResponse> call) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Every message, the oldest first.</summary>
    public List<FollowEventsResponse> Messages { get; } = [];

    public IEnumerable<Event> Events => Messages.SelectMany(message => message.Events);

    public IEnumerable<string> Subjects => Events.Select(one => one.Subject);

    public string Position => Messages[^1].Position;

    public static Follower Of(MessagingHost host, FollowEventsRequest request, Metadata? headers = null) =>
        new(host.Client.FollowEvents(request, headers ?? host.As("service")));

    public async Task<FollowEventsResponse> NextAsync()
    {
        (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience)).ShouldBeTrue("the stream goes on");
        Messages.Add(call.ResponseStream.Current);
        return call.ResponseStream.Current;
    }

    /// <summary>Reads until so many events came in all.</summary>
    public async Task<Follower> UntilAsync(int events)
    {
        while (Events.Count() < events) await NextAsync();
        return this;
    }

    /// <summary>Reads until the stream ends by a refusal, and no longer than it may be waited for.</summary>
    public async Task<RpcException> EndAsync()
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            while (Stopwatch.GetElapsedTime(started) < Patience) await NextAsync();
            throw new ShouldAssertException("The stream goes on.");
        }
        catch (RpcException ended)
        {
            return ended;
        }
    }

    public void Dispose() => call.Dispose();
}
