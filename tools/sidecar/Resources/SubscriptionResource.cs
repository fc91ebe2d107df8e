using Jiceng.Sidecar.Cel;
using Jiceng.Sidecar.Subscriptions;

namespace Jiceng.Sidecar.Resources;

/// <summary>A declarative Subscription.</summary>
internal sealed record SubscriptionResource(Subscription Subscription)
{
    public static SubscriptionResource Read(ResourceDocument document)
    {
        var spec = document.Root.NeedMap("spec");
        document.Root.RejectUnknown();
        if (spec.TakeMap("bulkSubscribe") is { } bulk && bulk.TakeBool("enabled", false))
            throw document.Wrong("bulkSubscribe: this sidecar delivers one event at a time");

        var rules = new List<(string? Match, string Path)>();
        string? defaultPath;
        if (document.ApiVersion == "dapr.io/v1alpha1")
        {
            defaultPath = spec.NeedText("route");
        }
        else
        {
            var routes = spec.NeedMap("routes");
            defaultPath = routes.TakeText("default");
            foreach (var rule in routes.TakeMaps("rules"))
            {
                rules.Add((rule.TakeText("match"), rule.NeedText("path")));
                rule.RejectUnknown();
            }

            routes.RejectUnknown();
        }

        var metadata = spec.TakeMap("metadata");
        var subscription = new Subscription(
            spec.NeedText("pubsubname"),
            spec.NeedText("topic"),
            Routes(document, rules, defaultPath),
            metadata?.Keys.ToList().ToDictionary(key => key, key => metadata.TakeText(key) ?? "") ?? [],
            spec.TakeText("deadLetterTopic") ?? "",
            SubscriptionType.Declarative);
        spec.RejectUnknown();
        return new SubscriptionResource(subscription);
    }

    private static IReadOnlyList<EventRoute> Routes(ResourceDocument document, List<(string? Match, string Path)> rules, string? defaultPath)
    {
        try
        {
            return Subscription.BuildRoutes(rules, defaultPath);
        }
        catch (CelSyntaxException e)
        {
            throw document.Wrong($"routes.rules: {e.Message}");
        }
    }
}
