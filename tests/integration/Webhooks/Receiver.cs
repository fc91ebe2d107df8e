using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jiceng.IntegrationTests.Webhooks;

/// <summary>One call as a receiver saw it.</summary>
internal sealed record ReceivedCall(string Id, long Timestamp, string Signature, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Event { get; } = JsonDocument.Parse(Body).RootElement;

    public string Subject => Event.GetProperty("subject").GetString()!;

    public string Type => Event.GetProperty("type").GetString()!;

    /// <summary>Whether one of the signatures was made with the secret; made here anew from the specification.</summary>
    public bool IsSignedWith(string secret)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{Id}.{Timestamp.ToString(CultureInfo.InvariantCulture)}."), .. Body];
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed));
        return Signature.Split(' ').Contains(expected);
    }
}

/// <summary>Another system with an address that webhooks call.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    /// <summary>Everything that came, in the order in which it came.</summary>
    public ConcurrentQueue<ReceivedCall> Calls { get; } = new();

    /// <summary>What was answered with 2xx.</summary>
    public ConcurrentQueue<ReceivedCall> Taken { get; } = new();

    /// <summary>Answers a call: the status.</summary>
    public Func<ReceivedCall, HttpContext, Task<int>> Answer { get; set; } = (_, _) => Task.FromResult(204);

    public string Address { get; private set; } = "";

    public IEnumerable<string> Subjects => Taken.Select(call => call.Subject);

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver._app.MapPost("/{**path}", receiver.ReceiveAsync);
        await receiver._app.StartAsync();
        receiver.Address = receiver._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/hook";
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var call = new ReceivedCall(
            headers["webhook-id"], long.Parse(headers["webhook-timestamp"], CultureInfo.InvariantCulture), headers["webhook-signature"], body.ToArray(), headers);
        Calls.Enqueue(call);
        var status = await Answer(call, context);
        if (status is >= 200 and < 300) Taken.Enqueue(call);
        if (!context.Response.HasStarted) context.Response.StatusCode = status;
    }
}
