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
    private readonly ConcurrentDictionary<OpenStream, bool> _open = new();
    private RevokedTokens _seen = RevokedTokens.None;

    /// <summary>Counts a stream as open until it is disposed of.</summary>
    /// <param name="caller">Whose token it was begun with.</param>
    /// <param name="ends">What ends it otherwise.</param>
    public OpenStream Add(ClaimsPrincipal caller, CancellationToken ends)
    {
        var stream = new OpenStream(caller, gone => _open.TryRemove(gone, out _), ends);
        _open[stream] = true;
        // The list may have been read between the check of the call and this.
        if (list.Tokens.Holds(caller)) stream.End(GatewayErrors.TokenRevoked.With());
        return stream;
    }

    protected override Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        var tokens = list.Tokens;
        if (ReferenceEquals(tokens, _seen)) return Task.FromResult(JobRound.Done);
        foreach (var (stream, _) in _open)
            if (tokens.Holds(stream.Caller)) stream.End(GatewayErrors.TokenRevoked.With());
        _seen = tokens;
        return Task.FromResult(JobRound.Done);
    }
}

/// <summary>A stream that the gateway may end, and why it did.</summary>
internal sealed class OpenStream : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Action<OpenStream> _leave;
    private ApiException? _why;

    public OpenStream(ClaimsPrincipal caller, Action<OpenStream> leave, CancellationToken ends)
    {
        (Caller, _leave) = (caller, leave);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ends);
    }

    public ClaimsPrincipal Caller { get; }

    /// <summary>Cancelled when the stream is to end, for whatever reason.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Why the gateway ended it; null when it did not.</summary>
    public ApiException? Why => Volatile.Read(ref _why);

    public void End(ApiException refusal)
    {
        if (Interlocked.CompareExchange(ref _why, refusal, null) is not null) return;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
        }
    }

    public void Dispose()
    {
        _leave(this);
        _stop.Dispose();
    }
}
