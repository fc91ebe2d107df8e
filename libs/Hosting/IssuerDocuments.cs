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

    private readonly AuthenticationSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<IssuerDocuments> _logger;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly HttpClient _client = new() { Timeout = Patience, MaxResponseContentBufferSize = MostBytes };
    private readonly HttpDocumentRetriever _documents;
    private OpenIdConnectConfiguration? _current;
    private long _fetched;
    private long? _tried;
    private bool _wanted;

    public IssuerDocuments(AuthenticationSettings settings, TimeProvider time, ILogger<IssuerDocuments> logger)
    {
        (_settings, _time, _logger) = (settings, time, logger);
        _documents = new HttpDocumentRetriever(_client) { RequireHttps = !new Uri(settings.Authority!).IsLoopback };
        MetadataAddress = $"{settings.Authority!.TrimEnd('/')}/.well-known/openid-configuration";
        // It would trust a key for an hour after the issuer took it back.
        UseLastKnownGoodConfiguration = false;
    }

    /// <summary>Whether tokens cannot be checked, because the keys are not known, or too old to be trusted.</summary>
    public bool Unknown => _current is null || _time.GetElapsedTime(_fetched) >= _settings.KeysTrusted;

    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        if (Due())
        {
            await _gate.WaitAsync(cancel);
            try
            {
                if (Due()) await FetchAsync();
            }
            finally
            {
                _gate.Release();
            }
        }

        return Unknown ? throw new InvalidOperationException("the keys of the issuer are not known") : _current!;
    }

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) => await GetConfigurationAsync(cancel);

    /// <summary>Asked for when a token has a key that is not known.</summary>
    public override void RequestRefresh() => _wanted = true;

    public void Dispose()
    {
        _gate.Dispose();
        _client.Dispose();
    }

    private bool Due()
    {
        if (_tried is { } last && _time.GetElapsedTime(last) < (_current is null ? TimeSpan.FromSeconds(1) : _settings.KeysPause)) return false;
        return _current is null || _wanted || _time.GetElapsedTime(_fetched) >= _settings.KeysLifetime;
    }

    private async Task FetchAsync()
    {
        (_tried, _wanted) = (_time.GetTimestamp(), false);
        try
        {
            // Not cancelled with the call that happened to come first: others wait for it, too.
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(MetadataAddress, _documents, CancellationToken.None);
            var expected = _settings.Issuer ?? _settings.Authority!;
            if (found.Issuer?.TrimEnd('/') != expected.TrimEnd('/')) LogOther(_logger, found.Issuer, expected);
            else if (found.SigningKeys.Count == 0) LogNoKeys(_logger, found.JwksUri);
            else (_current, _fetched) = (found, _time.GetTimestamp());
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            LogAway(_logger, MetadataAddress, failure.GetBaseException().Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The issuer calls itself '{Found}' and not '{Expected}': set Authentication:Issuer if that is right; its keys are not trusted")]
    private static partial void LogOther(ILogger logger, string? found, string expected);

    [LoggerMessage(LogLevel.Warning, "The issuer publishes no keys at {Address}")]
    private static partial void LogNoKeys(ILogger logger, string? address);

    [LoggerMessage(LogLevel.Warning, "What the issuer publishes at {Address} could not be read ({Problem}); what was read last stays in use")]
    private static partial void LogAway(ILogger logger, string address, string problem);
}
