using System.Buffers.Text;
using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Jiceng.Hosting;

/// <summary>
/// Maps the claims of an issuer to ours: code after authentication finds <c>sub</c>, <c>name</c>, <c>roles</c>, <c>places</c> and the claims
/// named here, whatever the token calls them.
/// </summary>
public sealed class TokenClaims
{
    /// <summary>The id of the token, when it has one.</summary>
    public const string TokenId = "jti";

    /// <summary>When the token was issued, in seconds since 1970.</summary>
    public const string IssuedAt = "iat";

    /// <summary>Until when the token is taken, in seconds since 1970: its <c>exp</c> and how far clocks may be apart.</summary>
    public const string TakenUntil = "taken_until";

    /// <summary>The system that the token was issued to (<c>client_id</c>, else <c>azp</c>), when it says so.</summary>
    public const string Client = "client";

    /// <summary>SHA-256 of the client certificate that the token is bound to (<c>cnf</c>, <c>x5t#S256</c>), when it is.</summary>
    public const string Certificate = "x5t#S256";

    private readonly ClaimNames _names;
    private readonly Dictionary<string, string> _roles;
    private readonly TimeSpan _skew;

    internal TokenClaims(IOptions<AuthenticationSettings> settings) =>
        (_names, _roles, _skew) = (settings.Value.Claims, settings.Value.Roles, settings.Value.ClockSkew);

    /// <summary>Whom a validated token stands for; null when it names neither a subject nor a client.</summary>
    internal ClaimsPrincipal? Holder(JsonWebToken token)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        var root = payload.RootElement;
        var client = First(root, "client_id") ?? First(root, "azp");
        // A system's token may name no subject. The prefix keeps it apart from persons, whose subject is an id that reaches what is their own.
        var subject = First(root, _names.Subject) ?? (client is null ? null : $"client:{client}");
        if (subject is null) return null;

        var holder = new ClaimsIdentity("Bearer", "name", "roles");
        holder.AddClaim(new Claim("sub", subject));
        Add("name", First(root, _names.Name));
        foreach (var role in Values(root, _names.Roles).Select(OurRole).OfType<string>().Distinct()) Add("roles", role);
        foreach (var place in Values(root, _names.Places).Distinct()) Add("places", place);
        Add(Client, client);
        Add(TokenId, First(root, "jti"));
        Add(IssuedAt, First(root, "iat"));
        Add(TakenUntil, (new DateTimeOffset(token.ValidTo).ToUnixTimeSeconds() + (long)_skew.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        Add(Certificate, BoundTo(root));
        return new ClaimsPrincipal(holder);

        void Add(string type, string? value)
        {
            if (value is not null) holder.AddClaim(new Claim(type, value));
        }
    }

    private string? OurRole(string theirs) => _roles.Count == 0 ? theirs : _roles.GetValueOrDefault(theirs);

    private static string? BoundTo(JsonElement root)
    {
        if (!root.TryGetProperty("cnf", out var confirmation)) return null;
        // A token that is bound to what we do not know how to check is bound to nothing that a caller can show.
        return confirmation.ValueKind == JsonValueKind.Object && confirmation.TryGetProperty("x5t#S256", out var print)
            ? print.GetString() ?? ""
            : "";
    }

    private static string? First(JsonElement root, string path) => Values(root, path, whole: true).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));

    /// <summary>The texts at a path: a list, or one text with blanks between.</summary>
    private static IEnumerable<string> Values(JsonElement root, string path, bool whole = false)
    {
        if (Find(root, path) is not { } found) return [];
        return found.ValueKind switch
        {
            JsonValueKind.Array => found.EnumerateArray().Select(Text).OfType<string>(),
            JsonValueKind.String when !whole => found.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            _ => Text(found) is { } text ? [text] : [],
        };
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    /// <summary>A claim of that very name, which may be an address with dots, else the parts of a path one in the other.</summary>
    private static JsonElement? Find(JsonElement root, string path)
    {
        if (root.TryGetProperty(path, out var whole)) return whole;
        var at = root;
        foreach (var part in path.Split('.'))
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at)) return null;
        return at;
    }
}
