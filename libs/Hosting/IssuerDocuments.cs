using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Jiceng.Hosting;

/// <summary>
/// What an OpenID Connect issuer publishes of itself: its name and its keys. Fetched again from time to time, and at once when a token comes
/// that a key signed which is not known, since issuers change keys without telling. What was fetched last is kept while the issuer is away.
/// </summary>
internal sealed partial class IssuerDocuments : BaseConfigurationManager, IConfigurationManager<OpenIdConnectConfiguration>, IDisposable
{
    private const int MostBytes = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly AuthenticationSettings settings;
    private readonly TimeProvider time;
    private readonly ILogger<IssuerDocuments> logger;
    private readonly SemaphoreSlim gate = new(1);
    private readonly HttpClient client = new() { Timeout = Patience, MaxResponseContentBufferSize = MostBytes };
    private readonly HttpDocumentRetriever documents;
    private OpenIdConnectConfiguration? current;
    private long fetched;
    private long? tried;
    private bool wanted;

    public IssuerDocuments(AuthenticationSettings settings, TimeProvider time, ILogger<IssuerDocuments> logger)
    {
        (this.settings, this.time, this.logger) = (settings, time, logger);
        documents = new HttpDocumentRetriever(client) { RequireHttps = !new Uri(settings.Authority!).IsLoopback };
        MetadataAddress = $"{settings.Authority!.TrimEnd('/')}/.well-known/openid-configuration";
        // It would trust a key for an hour after the issuer took it back.
        UseLastKnownGoodConfiguration = false;
    }

    /// <summary>Whether tokens cannot be checked, because the keys are not known, or too old to be trusted.</summary>
    public bool Unknown => current is null || time.GetElapsedTime(fetched) >= settings.KeysTrusted;

    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        if (Due())
        {
            await gate.WaitAsync(cancel);
            try
            {
                if (Due()) await FetchAsync();
            }
            finally
            {
                gate.Release();
            }
        }

        return Unknown ? throw new InvalidOperationException("the keys of the issuer are not known") : current!;
    }

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) => await GetConfigurationAsync(cancel);

    /// <summary>Asked for when a token has a key that is not known.</summary>
    public override void RequestRefresh() => wanted = true;

    public void Dispose()
    {
        gate.Dispose();
        client.Dispose();
    }

    private bool Due()
    {
        if (tried is { } last && time.GetElapsedTime(last) < (current is null ? TimeSpan.FromSeconds(1) : settings.KeysPause)) return false;
        return current is null || wanted || time.GetElapsedTime(fetched) >= settings.KeysLifetime;
    }

    private async Task FetchAsync()
    {
        (tried, wanted) = (time.GetTimestamp(), false);
        try
        {
            // Not cancelled with the call that happened to come first: others wait for it, too.
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(MetadataAddress, documents, CancellationToken.None);
            var expected = settings.Issuer ?? settings.Authority!;
            if (found.Issuer?.TrimEnd('/') != expected.TrimEnd('/')) LogOther(logger, found.Issuer, expected);
            else if (found.SigningKeys.Count == 0) LogNoKeys(logger, found.JwksUri);
            else (current, fetched) = (found, time.GetTimestamp());
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            LogAway(logger, MetadataAddress, failure.GetBaseException().Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The issuer calls itself '{Found}' and not '{Expected}': set Authentication:Issuer if that is right; its keys are not trusted")]
    private static partial void LogOther(ILogger logger, string? found, string expected);

    [LoggerMessage(LogLevel.Warning, "The issuer publishes no keys at {Address}")]
    private static partial void LogNoKeys(ILogger logger, string? address);

    [LoggerMessage(LogLevel.Warning, "What the issuer publishes at {Address} could not be read ({Problem}); what was read last stays in use")]
    private static partial void LogAway(ILogger logger, string address, string problem);
}
