using System.Collections.Frozen;
using System.Globalization;
using System.Security.Claims;
using Jiceng.Hosting;

namespace Jiceng.Gateway.Revocation;

/// <summary>
/// Which tokens are revoked. An entry is <c>jti:&lt;id&gt;</c>, one token, or <c>sub:&lt;subject&gt;</c>, those of a subject that were issued up to a
/// moment; it is kept until the last such token has ended.
/// </summary>
internal sealed class RevokedTokens
{
    public static readonly RevokedTokens None = new([]);
    private readonly FrozenDictionary<string, Revoked> _entries;

    public RevokedTokens(IEnumerable<KeyValuePair<string, Revoked>> entries) => _entries = entries.ToFrozenDictionary(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, Revoked> Entries => _entries;

    public static string TokenEntry(string id) => $"jti:{id}";

    public static string SubjectEntry(string subject) => $"sub:{subject}";

    /// <summary>Whether the token of the caller is revoked.</summary>
    public bool Holds(ClaimsPrincipal caller)
    {
        if (_entries.Count == 0) return false;
        if (caller.FindFirst(TokenClaims.TokenId) is { } id && _entries.ContainsKey(TokenEntry(id.Value))) return true;
        return caller.FindFirst("sub") is { } subject && _entries.TryGetValue(SubjectEntry(subject.Value), out var revoked)
            // One that does not say when it was issued may be of any time.
            && (!double.TryParse(caller.FindFirst(TokenClaims.IssuedAt)?.Value, CultureInfo.InvariantCulture, out var issued) || issued <= revoked.IssuedUpTo);
    }

    /// <summary>The union of both, with the later end for duplicates, without expired entries.</summary>
    public RevokedTokens With(IEnumerable<KeyValuePair<string, Revoked>> others, DateTimeOffset now)
    {
        var all = new Dictionary<string, Revoked>(_entries, StringComparer.Ordinal);
        foreach (var (entry, revoked) in others)
            all[entry] = all.TryGetValue(entry, out var known) ? known.Later(revoked) : revoked;
        return new RevokedTokens(all.Where(entry => entry.Value.Ends > now.ToUnixTimeSeconds()));
    }
}

/// <summary>An entry, in seconds since 1970: of a subject, tokens issued up to when; and when the entry can be forgotten.</summary>
internal readonly record struct Revoked(long IssuedUpTo, long Ends)
{
    public Revoked Later(Revoked other) => new(Math.Max(IssuedUpTo, other.IssuedUpTo), Math.Max(Ends, other.Ends));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{IssuedUpTo} {Ends}");

    /// <summary>An entry from its text; one that cannot be read holds for all tokens and for ever, since somebody meant to revoke.</summary>
    public static Revoked Parse(string text) => text.Split(' ') is [var issued, var ends]
        && long.TryParse(issued, CultureInfo.InvariantCulture, out var upTo) && long.TryParse(ends, CultureInfo.InvariantCulture, out var end)
        ? new Revoked(upTo, end)
        : new Revoked(long.MaxValue, long.MaxValue);
}
