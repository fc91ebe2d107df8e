using System.Text.Json;
using Jiceng.Sidecar.Cel;

namespace Jiceng.Sidecar.Subscriptions;

/// <summary>A path of the app with its rule; a route without a rule always matches.</summary>
internal sealed record EventRoute(CelRule? Rule, string Path);

internal enum SubscriptionType { Declarative, Programmatic }

internal sealed record Subscription(
    string Pubsub,
    string Topic,
    IReadOnlyList<EventRoute> Routes,
    IReadOnlyDictionary<string, string> Metadata,
    string DeadLetterTopic,
    SubscriptionType Type)
{
    /// <summary>The first route whose rule matches, or null.</summary>
    /// <exception cref="CelEvaluationException">An earlier rule could not be evaluated, which fails the message.</exception>
    public EventRoute? RouteFor(JsonElement cloudEvent) => Routes.FirstOrDefault(route => route.Rule?.Matches(cloudEvent) ?? true);

    /// <exception cref="CelSyntaxException">A rule is outside of the supported CEL subset.</exception>
    public static IReadOnlyList<EventRoute> BuildRoutes(IEnumerable<(string? Match, string Path)> rules, string? defaultPath)
    {
        var routes = rules.Select(r => new EventRoute(string.IsNullOrWhiteSpace(r.Match) ? null : CelRule.Parse(r.Match), WithSlash(r.Path))).ToList();
        if (!string.IsNullOrEmpty(defaultPath)) routes.Add(new EventRoute(null, WithSlash(defaultPath)));
        return routes;
    }

    private static string WithSlash(string path) => path.StartsWith('/') ? path : "/" + path;
}
