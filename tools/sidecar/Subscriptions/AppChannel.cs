using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Jiceng.Sidecar.Launch;

namespace Jiceng.Sidecar.Subscriptions;

/// <summary>An app's response.</summary>
internal sealed record AppReply(int Status, byte[] Body);

/// <summary>HTTP/1.1 to the app. Follows no redirects, and neither decodes nor adds anything that the caller did not request.</summary>
internal sealed class AppChannel : IDisposable
{
    private const string TokenHeader = "dapr-api-token";
    private static readonly TimeSpan DialPause = TimeSpan.FromMilliseconds(100);
    private readonly SidecarSettings _settings;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim? _slots;
    private readonly HttpClient _client;

    public AppChannel(SidecarSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _slots = settings.AppMaxConcurrency > 0 ? new SemaphoreSlim(settings.AppMaxConcurrency) : null;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            // Metadata becomes headers, and it may be Chinese.
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        })
        {
            BaseAddress = new Uri(settings.AppUrl),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Returns when something listens on the app's port.</summary>
    public async Task WaitForPortAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(_settings.AppAddress, _settings.AppPort, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(DialPause, _time, cancellationToken);
            }
        }
    }

    /// <exception cref="HttpRequestException">The app is unreachable or broke the connection.</exception>
    public async Task<AppReply> PostAsync(
        string path, ReadOnlyMemory<byte> body, string contentType, IEnumerable<KeyValuePair<string, string>> headers, CancellationToken cancellationToken)
    {
        using var request = NewRequest(HttpMethod.Post, path);
        request.Content = new ReadOnlyMemoryContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        // Skips metadata keys that are invalid header names or content headers.
        foreach (var (name, value) in headers.Where(h => !h.Key.Equals(TokenHeader, StringComparison.OrdinalIgnoreCase) && !h.Value.AsSpan().ContainsAny('\r', '\n', '\0')))
            request.Headers.TryAddWithoutValidation(name, value);

        if (_slots is not null) await _slots.WaitAsync(cancellationToken);
        try
        {
            return await SendAsync(request, cancellationToken);
        }
        finally
        {
            _slots?.Release();
        }
    }

    public async Task<AppReply> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var request = NewRequest(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("dapr-app-id", _settings.AppId);
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Probes the app's health once, without a token.</summary>
    public async Task<bool> ProbeAsync(AppHealthSettings health, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(health.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await _client.GetAsync(new Uri(health.Path, UriKind.Relative), either.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _slots?.Dispose();
    }

    private HttpRequestMessage NewRequest(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Version = HttpVersion.Version11 };
        if (_settings.AppApiToken is { } token) request.Headers.TryAddWithoutValidation(TokenHeader, token);
        return request;
    }

    private async Task<AppReply> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _client.SendAsync(request, cancellationToken);
        return new AppReply((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }
}
