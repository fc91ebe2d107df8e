using System.Text.Json;
using Jiceng.Sidecar.Cel;
using Jiceng.Sidecar.Resources;

namespace Jiceng.Sidecar.Subscriptions;

/// <summary>Asks the app once for its subscriptions.</summary>
internal sealed partial class Discovery(AppChannel app, TimeProvider time, ILogger logger)
{
    private const int Attempts = 4;
    private static readonly JsonSerializerOptions AnyCase = new() { PropertyNameCaseInsensitive = true };

    /// <exception cref="ConfigurationException">The app requires an unsupported feature.</exception>
    public async Task<IReadOnlyList<Subscription>> AskAsync(CancellationToken cancellationToken)
    {
        var reply = await GetAsync("/dapr/subscribe", cancellationToken);
        if (reply is not { Status: 200 })
        {
            if (reply is not null and not { Status: 404 }) LogNoSubscriptions(reply.Status);
            return [];
        }

        List<Entry?> entries;
        try
        {
            entries = JsonSerializer.Deserialize<List<Entry?>>(reply.Body, AnyCase) ?? [];
        }
        catch (JsonException e)
        {
            LogUnreadable(e.Message);
            return [];
        }

        return [.. entries.OfType<Entry>().Select(Read).OfType<Subscription>()];
    }

    /// <summary>The app's response, or null when four attempts failed.</summary>
    public async Task<AppReply?> GetAsync(string path, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                return await app.GetAsync(path, cancellationToken);
            }
            catch (HttpRequestException e)
            {
                LogUnreachable(path, e.Message);
                if (attempt < Attempts) await Task.Delay(TimeSpan.FromMilliseconds(500 * Math.Pow(1.5, attempt - 1)), time, cancellationToken);
            }
        }

        return null;
    }

    private Subscription? Read(Entry entry)
    {
        if (string.IsNullOrEmpty(entry.PubsubName) || string.IsNullOrEmpty(entry.Topic))
        {
            LogSkipped(entry.PubsubName ?? "", entry.Topic ?? "", "pubsubname or topic is missing");
            return null;
        }

        if (entry.BulkSubscribe?.Enabled == true)
            throw new ConfigurationException($"the app's subscription to {entry.Topic} asks for bulkSubscribe; this sidecar delivers one event at a time");

        IReadOnlyList<EventRoute> routes;
        try
        {
            var rules = (entry.Routes?.Rules ?? []).Where(r => !string.IsNullOrEmpty(r.Path)).Select(r => (r.Match, r.Path!));
            routes = Subscription.BuildRoutes(rules, entry.Routes?.Default is { Length: > 0 } path ? path : entry.Route);
        }
        catch (CelSyntaxException e)
        {
            throw new ConfigurationException($"the app's subscription to {entry.Topic}: {e.Message}");
        }

        if (routes.Count > 0)
        {
            var metadata = entry.Metadata ?? [];
            return new Subscription(entry.PubsubName, entry.Topic, routes, metadata, entry.DeadLetterTopic ?? "", SubscriptionType.Programmatic);
        }

        LogSkipped(entry.PubsubName, entry.Topic, "it has no route");
        return null;
    }

    [LoggerMessage(LogLevel.Warning, "the app answered GET /dapr/subscribe with {Status}; there are no programmatic subscriptions")]
    private partial void LogNoSubscriptions(int status);

    [LoggerMessage(LogLevel.Error, "the app's answer to GET /dapr/subscribe is not a list of subscriptions: {Reason}")]
    private partial void LogUnreadable(string reason);

    [LoggerMessage(LogLevel.Warning, "GET {Path} of the app failed: {Reason}")]
    private partial void LogUnreachable(string path, string reason);

    [LoggerMessage(LogLevel.Warning, "the subscription to {Topic} of {Pubsub} is skipped: {Reason}")]
    private partial void LogSkipped(string pubsub, string topic, string reason);

    private sealed record Entry(
        string? PubsubName, string? Topic, string? Route, EntryRoutes? Routes, Dictionary<string, string>? Metadata, string? DeadLetterTopic, EntryBulk? BulkSubscribe);

    private sealed record EntryRoutes(List<EntryRule>? Rules, string? Default);

    private sealed record EntryRule(string? Match, string? Path);

    private sealed record EntryBulk(bool Enabled);
}
