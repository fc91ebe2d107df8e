using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using Jiceng.Common.V1;
using Jiceng.Messaging;
using Microsoft.Extensions.Options;

namespace Jiceng.Webhooks;

/// <summary>How one call ended.</summary>
/// <param name="Status">Status of the answer, if there was one.</param>
/// <param name="Failure">Why it is no delivery; unspecified when it is one.</param>
/// <param name="RetryAfter">What the receiver asked for.</param>
/// <param name="Took">How long it took.</param>
internal sealed record WebhookAttempt(int? Status, WebhookFailure Failure, TimeSpan? RetryAfter, TimeSpan Took)
{
    public bool Delivered => Failure == WebhookFailure.Unspecified;

    public bool Gone => Status == (int)HttpStatusCode.Gone;
}

/// <summary>Sends one POST per event: no redirects, no cookies, no proxy, and of the response it reads only the head.</summary>
internal sealed class WebhookClient : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public WebhookClient(AddressGuard guard, IOptions<WebhookSettings> settings, TimeProvider time)
    {
        (_timeout, _time) = (settings.Value.Timeout, time);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = guard.ConnectAsync,
            ConnectTimeout = _timeout,
            MaxConnectionsPerServer = 8,
            // Names are looked up again from time to time.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 4096,
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(500),
            // Its own spans would hold the address, which may have a secret in it; ours do not.
            ActivityHeadersPropagator = null,
        });
    }

    /// <summary>Sends an event and waits for the head of the answer.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="id">Id of the event.</param>
    /// <param name="body">The event as it is sent.</param>
    /// <param name="secrets">What to sign it with.</param>
    /// <param name="traceParent">The trace to go on with, if any.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="OperationCanceledException">It was given up: nobody knows whether it arrived.</exception>
    public async Task<WebhookAttempt> SendAsync(
        Uri address, Guid id, byte[] body, IReadOnlyList<string> secrets, string? traceParent, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(CloudEvents.ContentType);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Jiceng-Webhooks", null));
        request.Headers.Add("webhook-id", id.ToString());
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(secrets, id.ToString(), now.ToUnixTimeSeconds(), body));
        if (traceParent is not null) request.Headers.Add("traceparent", traceParent);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        var started = _time.GetTimestamp();
        try
        {
            using var answer = await _http.SendAsync(request, limit.Token);
            var failure = answer.IsSuccessStatusCode ? WebhookFailure.Unspecified : WebhookFailure.Status;
            return Ended((int)answer.StatusCode, failure, RetryAfter(answer.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Ended(null, WebhookFailure.Timeout, null);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return Ended(null, KindOf(failure), null);
        }

        WebhookAttempt Ended(int? status, WebhookFailure failure, TimeSpan? retryAfter) => new(status, failure, retryAfter, _time.GetElapsedTime(started));
    }

    public void Dispose() => _http.Dispose();

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date is { } date ? date - _time.GetUtcNow() : null);

    private static WebhookFailure KindOf(Exception failure) => failure switch
    {
        { InnerException: AddressRefusedException } => WebhookFailure.AddressRefused,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } or { InnerException: AuthenticationException } => WebhookFailure.Tls,
        _ => WebhookFailure.Connection,
    };
}
