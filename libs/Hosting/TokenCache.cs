using System.Security.Claims;
using Microsoft.Extensions.Caching.Memory;

namespace Jiceng.Hosting;

/// <summary>
/// Who the latest accepted tokens stand for: the same bytes come with every call of a caller, and a signature takes longer to check than
/// the rest of a small call. For a minute at most, and never past the token's own end, so a key that is withdrawn is soon refused.
/// </summary>
internal sealed class TokenCache(TimeProvider time) : IDisposable
{
    private const int Most = 20_000;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = Most, Clock = new Clock(time) });

    public ClaimsPrincipal? Find(string token) => _known.Get<ClaimsPrincipal>(token);

    public void Add(string token, ClaimsPrincipal holder, DateTimeOffset end)
    {
        var now = time.GetUtcNow();
        var latest = now + Longest;
        if (end <= now) return;
        _known.Set(token, holder, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpiration = end < latest ? end : latest });
    }

    public void Dispose() => _known.Dispose();

    private sealed class Clock(TimeProvider time) : Microsoft.Extensions.Internal.ISystemClock
    {
        public DateTimeOffset UtcNow => time.GetUtcNow();
    }
}
