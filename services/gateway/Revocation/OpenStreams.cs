using System.Collections.Concurrent;
using System.Security.Claims;
using Jiceng.Domain;
using Jiceng.Hosting;
using Microsoft.Extensions.Options;

namespace Jiceng.Gateway.Revocation;

/// <summary>The answers that go on until the caller has enough, so that one whose token is revoked ends.</summary>
internal sealed class OpenStreams(RevocationList list, IOptions<RevocationSettings> settings, JobServices services)
    : PeriodicJob(services, "open-streams", settings.Value.Period)
{
    private readonly ConcurrentDictionary<OpenStream, bool> open = new();
    private RevokedTokens seen = RevokedTokens.None;

    /// <summary>Counts a stream as open until it is disposed of.</summary>
    /// <param name="caller">Whose token it was begun with.</param>
    /// <param name="ends">What ends it otherwise.</param>
    public OpenStream Add(ClaimsPrincipal caller, CancellationToken ends)
    {
        var stream = new OpenStream(caller, gone => open.TryRemove(gone, out _), ends);
        open[stream] = true;
        // The list may have been read between the check of the call and this.
        if (list.Tokens.Holds(caller)) stream.End(GatewayErrors.TokenRevoked.With());
        return stream;
    }

    protected override Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        var tokens = list.Tokens;
        if (ReferenceEquals(tokens, seen)) return Task.FromResult(JobRound.Done);
        foreach (var (stream, _) in open)
            if (tokens.Holds(stream.Caller)) stream.End(GatewayErrors.TokenRevoked.With());
        seen = tokens;
        return Task.FromResult(JobRound.Done);
    }
}

/// <summary>A stream that the gateway may end, and why it did.</summary>
internal sealed class OpenStream : IDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly Action<OpenStream> leave;
    private ApiException? why;

    public OpenStream(ClaimsPrincipal caller, Action<OpenStream> leave, CancellationToken ends)
    {
        (Caller, this.leave) = (caller, leave);
        stop = CancellationTokenSource.CreateLinkedTokenSource(ends);
    }

    public ClaimsPrincipal Caller { get; }

    /// <summary>Cancelled when the stream is to end, for whatever reason.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>Why the gateway ended it; null when it did not.</summary>
    public ApiException? Why => Volatile.Read(ref why);

    public void End(ApiException refusal)
    {
        if (Interlocked.CompareExchange(ref why, refusal, null) is not null) return;
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    public void Dispose()
    {
        leave(this);
        stop.Dispose();
    }
}
