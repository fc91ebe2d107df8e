using System.Text.Json.Nodes;
using Jiceng.Sidecar.Subscriptions;

namespace Jiceng.Sidecar.Api;

internal static class MetadataApi
{
    public static void Map(WebApplication app, AppSidecar sidecar)
    {
        app.MapGet("/v1.0/metadata", context => ApiErrors.WriteAsync(context, StatusCodes.Status200OK, Describe(sidecar)));
        app.MapMethods("/v1.0/metadata/{key}", ["PUT"], async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            sidecar.ExtendedMetadata[context.GetRouteValue("key") as string ?? ""] = await reader.ReadToEndAsync(context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        });
    }

    public static string Name(SubscriptionType type) => type == SubscriptionType.Programmatic ? "PROGRAMMATIC" : "DECLARATIVE";

    private static JsonObject Describe(AppSidecar sidecar)
    {
        var settings = sidecar.Settings;
        var body = new JsonObject
        {
            ["id"] = settings.AppId,
            ["runtimeVersion"] = SidecarVersion.Text,
            ["components"] = List(sidecar.Pubsubs.Select(p => new JsonObject
            {
                ["name"] = p.Name,
                ["type"] = p.Resource.Type,
                ["version"] = p.Resource.Version,
            })),
            ["extended"] = Map(sidecar.ExtendedMetadata.Append(KeyValuePair.Create("daprRuntimeVersion", SidecarVersion.Text))),
            ["subscriptions"] = List(sidecar.Subscriptions.Effective.Select(Describe)),
            ["actorRuntime"] = new JsonObject { ["runtimeStatus"] = "DISABLED", ["hostReady"] = false },
        };
        if (settings.AppPort > 0)
        {
            var connection = new JsonObject { ["port"] = settings.AppPort, ["protocol"] = "http", ["channelAddress"] = settings.AppAddress };
            if (settings.AppMaxConcurrency > 0) connection["maxConcurrency"] = settings.AppMaxConcurrency;
            body["appConnectionProperties"] = connection;
        }

        foreach (var empty in body.Where(pair => pair.Value is JsonArray { Count: 0 }).Select(pair => pair.Key).ToList()) body.Remove(empty);
        return body;
    }

    private static JsonObject Describe(Subscription subscription)
    {
        var described = new JsonObject
        {
            ["pubsubname"] = subscription.Pubsub,
            ["topic"] = subscription.Topic,
            ["rules"] = List(subscription.Routes.Select(route => route.Rule is null
                ? new JsonObject { ["path"] = route.Path }
                : new JsonObject { ["match"] = route.Rule.Source, ["path"] = route.Path })),
            ["type"] = Name(subscription.Type),
        };
        if (subscription.Metadata.Count > 0) described["metadata"] = Map(subscription.Metadata);
        if (subscription.DeadLetterTopic.Length > 0) described["deadLetterTopic"] = subscription.DeadLetterTopic;
        return described;
    }

    private static JsonArray List(IEnumerable<JsonObject> items) => new([.. items]);

    private static JsonObject Map(IEnumerable<KeyValuePair<string, string>> pairs) =>
        new(pairs.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
}
