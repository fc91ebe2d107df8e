using System.Buffers.Text;
using System.Security.Cryptography;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Routing;
using Jiceng.Hosting;
using Microsoft.Extensions.Options;

namespace Jiceng.Gateway;

/// <summary>
/// A token that is bound to a client certificate, by itself (RFC 8705) or because its client is in <c>ClientCertificates</c>, is good only on a
/// connection that shows this certificate. A stolen token is worth nothing then.
/// </summary>
internal sealed class BoundTokenMiddleware(RequestDelegate next, IOptions<ClientCertificates> certificates)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!context.NeedsToken()) return next(context);
        var byToken = context.User.FindFirst(TokenClaims.Certificate)?.Value;
        var byClient = certificates.Value.Count > 0 && context.User.FindFirst(TokenClaims.Client) is { } client ? certificates.Value.GetValueOrDefault(client.Value) : null;
        if (byToken is null && byClient is null) return next(context);

        var shown = context.Connection.ClientCertificate?.GetCertHash(HashAlgorithmName.SHA256);
        var good = shown is not null
            && (byToken is null || Base64Url.EncodeToString(shown) == byToken)
            && (byClient is null || Convert.ToHexString(shown).Equals(byClient, StringComparison.OrdinalIgnoreCase));
        return good
            ? next(context)
            : context.WriteErrorAsync(GatewayErrors.TokenRefused.With(("problem", "it is bound to a client certificate that this connection does not show")));
    }
}

/// <summary>The section <c>ClientCertificates</c>: for the id of a client, the SHA-256 (hexadecimal) of the certificate that its tokens come with.</summary>
internal sealed class ClientCertificates() : Dictionary<string, string>(StringComparer.Ordinal);

internal sealed class ClientCertificatesValidator : IValidateOptions<ClientCertificates>
{
    public ValidateOptionsResult Validate(string? name, ClientCertificates options)
    {
        var wrong = options.Where(entry => entry.Value.Length != 64 || !entry.Value.All(char.IsAsciiHexDigit))
            .Select(entry => $"ClientCertificates:{entry.Key} is '{entry.Value}'; it has to be the SHA-256 of the certificate, 64 hexadecimal digits")
            .ToArray();
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}

internal static class BoundTokensSetup
{
    public static void AddBoundTokens(this IServiceCollection services)
    {
        services.AddOptions<ClientCertificates>().BindConfiguration("ClientCertificates").ValidateOnStart();
        services.AddSingleton<IValidateOptions<ClientCertificates>, ClientCertificatesValidator>();
    }
}
