using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.IntegrationTests.Messaging;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.TestSupport;

namespace Jiceng.IntegrationTests.Webhooks;

/// <summary>A service whose webhooks may call this machine, with quick retries, and a receiver.</summary>
internal sealed class WebhookRun : IAsyncDisposable
{
    public const string Owner = "client:tax";
    public const string Township = "140224205";
    private readonly GrpcChannel _channel;

    private WebhookRun(MessagingHost host, Receiver receiver, IReadOnlyDictionary<string, string?> settings, string database)
    {
        (Host, Receiver, Settings, ConnectionString) = (host, receiver, settings, database);
        _channel = GrpcChannel.ForAddress(host.Grpc);
    }

    public MessagingHost Host { get; }

    public Receiver Receiver { get; }

    public IReadOnlyDictionary<string, string?> Settings { get; }

    public string ConnectionString { get; }

    public WebhookService.WebhookServiceClient Client => new(_channel);

    public Metadata Me => As(Owner, "government_system", "140224");

    public Metadata Operator => As("ops", "operator");

    public static async Task<WebhookRun> StartAsync(params (string Name, string? Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Webhooks:AllowHttp"] = "true",
            ["Webhooks:AllowedNetworks:0"] = "127.0.0.0/8",
            ["Webhooks:RetryPause"] = "00:00:00.1",
            ["Webhooks:CurrentKey"] = "test",
            ["Webhooks:Keys:test"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        };
        foreach (var (name, value) in more)
        {
            settings[name] = value;
            if (value is null) settings.Remove(name);
        }

        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        return new WebhookRun(await StartHostAsync(settings, database), await Receiver.StartAsync(), settings, database);
    }

    /// <summary>Another replica on the same database.</summary>
    public Task<MessagingHost> StartReplicaAsync() => StartHostAsync(Settings, ConnectionString);

    public Metadata As(string subject, string role, params string[] places) => Host.Caller(subject, [role], places);

    public Task<Webhook> CreateAsync(Action<Webhook>? with = null, Metadata? caller = null)
    {
        var webhook = new Webhook { Address = Receiver.Address };
        with?.Invoke(webhook);
        return Client.CreateWebhookAsync(new CreateWebhookRequest { Webhook = webhook }, caller ?? Me).ResponseAsync;
    }

    public Task<Webhook> GetAsync(Webhook webhook) => Client.GetWebhookAsync(new GetWebhookRequest { WebhookId = webhook.WebhookId }, Me).ResponseAsync;

    public async Task<IReadOnlyList<WebhookDelivery>> DeliveriesAsync(Webhook webhook, WebhookDeliveryState state = default) =>
        (await Client.ListWebhookDeliveriesAsync(new ListWebhookDeliveriesRequest { WebhookId = webhook.WebhookId, State = state }, Me)).Deliveries;

    public Task<Guid> PublishAsync(string subject, string place = Township, long sequence = 1) => PublishAsync(Host, subject, place, sequence);

    public static Task<Guid> PublishAsync(MessagingHost host, string subject, string place = Township, long sequence = 1) => host.Database.WriteAsync(
        new WriteContext("tester", "test"),
        (work, _) => Task.FromResult(work.Publish(subject, PlaceCode.Parse(place), sequence, new CaseClosed { CaseId = subject, Sequence = sequence })),
        CancellationToken.None);

    /// <summary>Waits until the receiver has taken so many calls.</summary>
    public Task TakenAsync(int count) => Eventually.HoldsAsync(() => Receiver.Taken.Count >= count, $"{count} calls are taken");

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await Host.DisposeAsync();
        await Receiver.DisposeAsync();
    }

    private static Task<MessagingHost> StartHostAsync(IReadOnlyDictionary<string, string?> settings, string database) =>
        MessagingHost.StartAsync(new() { Runs = false, Hears = false, Settings = new(settings) }, database);
}
