using System.Globalization;
using Jiceng.Sidecar.Events;
using Jiceng.Sidecar.Publishing;
using Jiceng.Sidecar.Redis;

namespace Jiceng.Sidecar.Resources;

/// <summary>A Component of type pubsub.redis.</summary>
internal sealed record PubsubResource(
    string Name, string Type, string Version, RedisOptions Redis, StreamSettings Streams, TopicScopes Scopes, bool IgnoreErrors, TimeSpan InitTimeout)
{
    private const string RedisType = "pubsub.redis";

    public static PubsubResource Read(ResourceDocument document, string appId, Func<string, string?> environment)
    {
        var spec = document.Root.NeedMap("spec");
        document.Root.RejectUnknown();
        var (type, version) = (spec.NeedText("type"), spec.TakeText("version") ?? "v1");
        if (type != RedisType) throw document.Wrong($"this sidecar does not know the component type {type}; it knows {RedisType}");
        if (version != "v1") throw document.Wrong($"this sidecar does not know version {version} of {type}; it knows v1");
        var (ignoreErrors, initTimeout) = (spec.TakeBool("ignoreErrors", false), spec.TakeDuration("initTimeout") ?? TimeSpan.FromSeconds(5));
        var settings = new Settings(document, ReadMetadata(spec, document, appId, environment));
        spec.RejectUnknown();

        if (settings.Take("redisType") is not (null or "" or "node")) throw document.Wrong("redisType: this sidecar knows only node");
        if (settings.Bool("failover")) throw document.Wrong("failover: this sidecar does not know Redis Sentinel");
        var (host, port) = Address(document, settings);
        var redis = new RedisOptions
        {
            Host = host,
            Port = port,
            Username = settings.Take("redisUsername") ?? "",
            Password = settings.Take("redisPassword") ?? "",
            Database = (int)settings.Number("redisDB", 0, 0),
            Tls = settings.Bool("enableTLS"),
            SkipTlsVerification = settings.Bool("insecureSkipTLSVerify"),
        };
        var streams = new StreamSettings
        {
            ConsumerId = settings.Take("consumerID") is { Length: > 0 } id ? id : appId,
            Concurrency = (int)settings.Number("concurrency", 10, 1),
            QueueDepth = (int)settings.Number("queueDepth", 100, 1),
            ProcessingTimeout = settings.Duration("processingTimeout") ?? TimeSpan.FromSeconds(60),
            // daprd silently ignores "30s" here and keeps 15 s, so it is rejected.
            RedeliverInterval = TimeSpan.FromMilliseconds(settings.Number("redeliverInterval", 15_000, 0)),
            MaxLenApprox = settings.Number("maxLenApprox", 0, 0),
            StreamTtl = settings.Duration("streamTTL") is { } ttl && ttl > TimeSpan.Zero ? ttl : null,
        };
        var scopes = TopicScopes.Parse(
            appId, settings.Take("publishingScopes"), settings.Take("subscriptionScopes"), settings.Take("allowedTopics"), settings.Take("protectedTopics"));
        settings.RejectUnknown();
        return new PubsubResource(document.Name, type, version, redis, streams, scopes, ignoreErrors, initTimeout);
    }

    private static Dictionary<string, string> ReadMetadata(YamlMap spec, ResourceDocument document, string appId, Func<string, string?> environment)
    {
        var values = new Dictionary<string, string>();
        foreach (var item in spec.TakeMaps("metadata"))
        {
            var name = item.NeedText("name");
            var value = item.TakeText("value");
            if (item.TakeMap("secretKeyRef") is not null)
                throw document.Wrong($"{name}: this sidecar has no secret stores, so no secretKeyRef; use envRef");
            if (item.TakeText("envRef") is { } variable)
                value = environment(variable) ?? throw document.Wrong($"{name}: the environment variable {variable} is not set");
            item.RejectUnknown();
            value = (value ?? "").Replace("{appID}", appId, StringComparison.Ordinal)
                .Replace("{uuid}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal);
            if (value.Contains("{podName}", StringComparison.Ordinal) || value.Contains("{namespace}", StringComparison.Ordinal))
                throw document.Wrong($"{name}: {{podName}} and {{namespace}} mean nothing outside Kubernetes");
            if (!values.TryAdd(name, value)) throw document.Wrong($"{name} is set twice");
        }

        return values;
    }

    private static (string Host, int Port) Address(ResourceDocument document, Settings settings)
    {
        var address = settings.Take("redisHost");
        var port = settings.Number("redisPort", 6379, 1);
        if (string.IsNullOrEmpty(address)) throw document.Wrong("redisHost is missing; it is host:port");
        if (address.Contains(',', StringComparison.Ordinal)) throw document.Wrong("redisHost: this sidecar knows one host, not several");
        var colon = address.LastIndexOf(':');
        if (colon < 0) return (address, (int)port);
        return int.TryParse(address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 65535
            ? (address[..colon], number)
            : throw document.Wrong($"redisHost is '{address}'; it must be host:port");
    }

    private sealed class Settings(ResourceDocument document, Dictionary<string, string> values)
    {
        public string? Take(string name) => values.Remove(name, out var value) ? value : null;

        public bool Bool(string name) => Take(name) switch
        {
            null or "" => false,
            var text => GoValues.TryBool(text, out var value) ? value : throw Bad(name, text, "true or false"),
        };

        public long Number(string name, long fallback, long least) => Take(name) switch
        {
            null or "" => fallback,
            var text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= int.MaxValue
                ? value
                : throw Bad(name, text, $"a whole number of at least {least}"),
        };

        /// <summary>Parses a duration; a bare number is milliseconds.</summary>
        public TimeSpan? Duration(string name) => Take(name) switch
        {
            null or "" => null,
            var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) => TimeSpan.FromMilliseconds(ms),
            var text => GoValues.TryDuration(text, out var value) && value >= TimeSpan.Zero ? value : throw Bad(name, text, "milliseconds or a duration such as 60s"),
        };

        public void RejectUnknown()
        {
            if (values.Count > 0) throw document.Wrong($"this sidecar does not know the metadata {string.Join(", ", values.Keys)} of {RedisType}");
        }

        private ConfigurationException Bad(string name, string text, string wanted) => document.Wrong($"{name} is '{text}'; it must be {wanted}");
    }
}
