using System.Text.Json;
using System.Text.Json.Serialization;
using Dapr;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

public static class DaprEndpointRouteBuilderExtensions
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Answers the sidecar's <c>GET /dapr/subscribe</c> from the topics of all endpoints.</summary>
    public static IEndpointConventionBuilder MapSubscribeHandler(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.MapGet("dapr/subscribe", context =>
        {
            var all = context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints;
            return context.Response.WriteAsync(JsonSerializer.Serialize(Subscriptions(all), Json));
        });
    }

    private static IEnumerable<Subscription> Subscriptions(IEnumerable<Endpoint> endpoints) =>
        from endpoint in endpoints.OfType<RouteEndpoint>()
        from topic in endpoint.Metadata.GetOrderedMetadata<ITopicMetadata>()
        let handler = new Handler(topic, Route(endpoint.RoutePattern), endpoint.Metadata.GetOrderedMetadata<TopicSetting>())
        group handler by (topic.PubsubName, topic.Name) into topics
        orderby topics.Key
        select Describe([.. topics.OrderBy(handler => handler.Topic.Priority)]);

    private static Subscription Describe(List<Handler> handlers)
    {
        var first = handlers[0].Topic;
        var rules = handlers.Where(handler => !string.IsNullOrEmpty(handler.Topic.Match)).ToList();
        var otherwise = handlers.Find(handler => string.IsNullOrEmpty(handler.Topic.Match))?.Route;
        var settings = handlers.SelectMany(handler => handler.Settings).GroupBy(setting => setting.Key)
            .ToDictionary(same => same.Key, same => string.Join(',', same.Select(setting => setting.Value).Distinct()));
        if (handlers.Any(handler => (handler.Topic as TopicAttribute)?.EnableRawPayload == true))
            settings["rawPayload"] = "true";
        return new Subscription(
            first.Name,
            first.PubsubName,
            rules.Count == 0 ? otherwise : null,
            rules.Count == 0 ? null : new Routes([.. rules.Select(rule => new Rule(rule.Topic.Match!, rule.Route))], otherwise),
            settings.Count == 0 ? null : settings,
            (first as TopicAttribute)?.DeadLetterTopic);
    }

    private static string Route(RoutePattern pattern) =>
        string.Join('/', pattern.PathSegments.Select(segment =>
            string.Concat(segment.Parts.Cast<RoutePatternLiteralPart>().Select(part => part.Content))));

    private sealed record Handler(ITopicMetadata Topic, string Route, IReadOnlyList<TopicSetting> Settings);

    private sealed record Subscription(
        string Topic, string PubsubName, string? Route, Routes? Routes, Dictionary<string, string>? Metadata, string? DeadLetterTopic);

    private sealed record Routes(List<Rule> Rules, string? Default);

    private sealed record Rule(string Match, string Path);
}
