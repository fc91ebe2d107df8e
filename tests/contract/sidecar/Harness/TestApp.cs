using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Jiceng.SidecarConformance.Harness;

/// <summary>A request from the sidecar to the app.</summary>
internal sealed record Delivery(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public JsonElement Event => JsonDocument.Parse(Body).RootElement;

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

internal sealed record Reply(int Status, string Body = "")
{
    public static readonly Reply Ok = new(200);
}

/// <summary>An app behind the sidecar: declares subscriptions, records requests, and responds as the test requires.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly ConcurrentQueue<Delivery> _deliveries = new();
    private readonly ConcurrentQueue<Delivery> _questions = new();
    private readonly List<object> _subscriptions = [];
    private HttpListener? _listener;

    public int Port { get; } = FreePort.Take();

    /// <summary>Responds to deliveries; success by default.</summary>
    public Func<Delivery, Task<Reply>> Handler { get; set; } = _ => Task.FromResult(Reply.Ok);

    /// <summary>Response to GET /dapr/subscribe instead of the list built with <see cref="Subscribe"/>.</summary>
    public Reply? SubscribeReply { get; set; }

    public bool Healthy { get; set; } = true;

    public IReadOnlyList<Delivery> Deliveries => [.. _deliveries];

    /// <summary>The GET requests.</summary>
    public IReadOnlyList<Delivery> Questions => [.. _questions];

    public TestApp Subscribe(string topic, string route = "/on", string? deadLetterTopic = null, Dictionary<string, string>? metadata = null, string pubsub = DaprSidecar.Pubsub)
    {
        _subscriptions.Add(new { pubsubname = pubsub, topic, route, deadLetterTopic, metadata });
        return this;
    }

    public TestApp Answer(Func<Delivery, Reply> handler)
    {
        Handler = delivery => Task.FromResult(handler(delivery));
        return this;
    }

    public TestApp Listen()
    {
        _listener = new HttpListener();
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));
        _listener.Start();
        _ = AcceptAsync(_listener);
        return this;
    }

    public async Task<IReadOnlyList<Delivery>> ReceivedAsync(int count)
    {
        await Eventually.HoldsAsync(() => _deliveries.Count >= count, $"{count} deliveries");
        return Deliveries;
    }

    public async Task<Delivery> ReceivedOneAsync() => (await ReceivedAsync(1)).ShouldHaveSingleItem();

    public ValueTask DisposeAsync()
    {
        _listener?.Close();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(HttpListener open)
    {
        try
        {
            while (true) _ = AnswerAsync(await open.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var headers = context.Request.Headers.AllKeys.OfType<string>()
                .ToDictionary(key => key, key => context.Request.Headers[key]!, StringComparer.OrdinalIgnoreCase);
            var delivery = new Delivery(context.Request.HttpMethod, context.Request.Url!.AbsolutePath, headers, body.ToArray());
            var reply = await ReplyToAsync(delivery);
            context.Response.StatusCode = reply.Status;
            if (reply.Status == 302) context.Response.RedirectLocation = "/elsewhere";
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(reply.Body));
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException or OperationCanceledException)
        {
            // The sidecar abandoned the request, or the test is over.
        }
    }

    private async Task<Reply> ReplyToAsync(Delivery delivery)
    {
        if (delivery.Method != "GET")
        {
            _deliveries.Enqueue(delivery);
            return await Handler(delivery);
        }

        _questions.Enqueue(delivery);
        return delivery.Path switch
        {
            "/dapr/subscribe" => SubscribeReply ?? new Reply(200, JsonSerializer.Serialize(_subscriptions)),
            "/healthz" => new Reply(Healthy ? 200 : 503),
            _ => new Reply(404),
        };
    }
}
