using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Jiceng.Domain;

namespace Jiceng.Rpc;

/// <summary>Page sizes and opaque page tokens for List methods: keyset paging, never an offset (AIP-158).</summary>
public static class Paging
{
    private const int Default = 50;
    private const int Cap = 1_000;

    /// <summary>Number of rows to answer with.</summary>
    /// <param name="requested">page_size of the request; 0 means 50, more than 1,000 is read as 1,000.</param>
    /// <exception cref="ApiException">ARGUMENT_INVALID for a negative number.</exception>
    public static int Size(int requested) => requested switch
    {
        < 0 => throw Require.Invalid("page_size", "0 or more"),
        0 => Default,
        _ => Math.Min(requested, Cap),
    };

    /// <summary>Number of rows to read: one more than the page has, which shows whether another page follows.</summary>
    /// <param name="requested">page_size of the request; see <see cref="Size"/>.</param>
    public static int Limit(int requested) => Size(requested) + 1;

    /// <summary>The rows of the page, and the token of the next one; empty when this is the last page.</summary>
    /// <param name="request">The request.</param>
    /// <param name="read">What was read with <see cref="Limit"/>.</param>
    /// <param name="limit">The limit that it was read with.</param>
    /// <param name="keys">Keys of a row, in the order of the list.</param>
    public static (IReadOnlyList<T> Rows, string NextToken) Page<T>(IMessage request, IReadOnlyList<T> read, int limit, Func<T, string[]> keys)
    {
        if (read.Count < limit) return (read, "");
        var rows = read.Take(limit - 1).ToList();
        return (rows, Next(request, keys(rows[^1])));
    }

    /// <summary>Version below which a page of a history, newest first, begins.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="ApiException">PAGE_TOKEN_INVALID.</exception>
    public static long BeforeVersion(IMessage request) => After(request, 1) is not [var version]
        ? long.MaxValue
        : long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before : throw CommonErrors.PageTokenInvalid.With();

    /// <summary>Token for the page after a row.</summary>
    /// <param name="request">The request; a token serves only requests that are the same but for page_size and page_token.</param>
    /// <param name="keys">Keys of the last row, in the order of the list.</param>
    public static string Next(IMessage request, params string[] keys) =>
        Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new string[] { Fingerprint(request, keys) }.Concat(keys)))
            .Replace('+', '-').Replace('/', '_').TrimEnd('=');

    /// <summary>Keys of the row after which the page begins, or null for the first page.</summary>
    /// <param name="request">The request, with its page_token.</param>
    /// <param name="count">Number of keys that the method's tokens hold.</param>
    /// <exception cref="ApiException">PAGE_TOKEN_INVALID.</exception>
    public static string[]? After(IMessage request, int count)
    {
        var token = AccessTable.Text(request, "page_token");
        if (token.Length == 0)
            return null;
        try
        {
            var padded = token.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (token.Length % 4)) % 4);
            var parts = JsonSerializer.Deserialize<string[]>(Convert.FromBase64String(padded)) ?? [];
            if (parts.Length == count + 1 && parts[0] == Fingerprint(request, parts[1..]))
                return parts[1..];
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            // Falls through: a token of another form is as foreign as one of another request.
        }

        throw CommonErrors.PageTokenInvalid.With().At("page_token", "next_page_token of an earlier response to the same request, or empty");
    }

    // Includes the keys, so that an altered token is detected.
    private static string Fingerprint(IMessage request, string[] keys)
    {
        var filter = request.Descriptor.Parser.ParseFrom(request.ToByteArray());
        foreach (var field in request.Descriptor.Fields.InDeclarationOrder().Where(field => field.Name is "page_size" or "page_token"))
            field.Accessor.Clear(filter);
        var told = JsonSerializer.SerializeToUtf8Bytes(new string[] { request.Descriptor.FullName }.Concat(keys));
        return Convert.ToHexStringLower(SHA256.HashData([.. told, .. filter.ToByteArray()]).AsSpan(0, 8));
    }
}
