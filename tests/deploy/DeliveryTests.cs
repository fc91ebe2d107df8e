using System.Text.Json.Nodes;
using Jiceng.DeployTests.Rendering;
using Jiceng.DeployTests.Rules;
using Jiceng.Messaging;
using Shouldly;
using Xunit;

namespace Jiceng.DeployTests;

/// <summary>The sidecar configuration matches the events that the code publishes and handles, locally and in a cluster.</summary>
public sealed class DeliveryTests
{
    private static readonly Dictionary<string, string> Settings = new()
    {
        ["ConnectionStrings__Postgres"] = "Host=nowhere",
        ["ConnectionStrings__Redis"] = "nowhere:6379",
        ["Personal__CurrentKey"] = "k1",
        ["Personal__Keys__k1"] = Convert.ToBase64String(new byte[32]),
        ["Personal__HashKey"] = Convert.ToBase64String(new byte[32]),
    };

    /// <summary>Settings of pubsub.redis in use; daprd silently ignores a misspelled one.</summary>
    private static readonly string[] BrokerSettings =
    [
        "redisHost", "redisPassword", "enableTLS", "failover", "sentinelMasterName", "processingTimeout", "redeliverInterval", "maxLenApprox", "publishingScopes", "subscriptionScopes",
    ];

    public static TheoryData<string> Overlays => [.. Kustomize.Overlays];

    public static TheoryData<string, string> Brokers => new() { { "redis-managed", "enableTLS" }, { "redis-sentinel", "failover" }, { "redis-sentinel", "sentinelMasterName" } };

    public static TheoryData<string> Services => [.. Repository.Services];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Subscriptions_OfService_MatchItsCode(string service)
    {
        var subscriptions = Repository.Documents("deploy/dapr").Where(made => made.Kind == "Subscription" && made.Content.Texts("scopes").SequenceEqual([service])).ToArray();
        await using var app = CodeFacts.Build(service, Settings);
        var dead = $"jiceng.{service}.dead.v1";

        subscriptions.Select(made => made.Content.Text("spec.topic")).ShouldBe([.. CodeFacts.HandledBy(app).Topics, dead], ignoreOrder: true);
        subscriptions.Select(made => made.Content.Text("spec.routes.default")).ShouldBe(CodeFacts.DeliveryPaths(app, service), ignoreOrder: true);
        foreach (var made in subscriptions)
        {
            var topic = made.Content.Text("spec.topic");
            made.Content.Text("spec.pubsubname").ShouldBe(DaprEventPublisher.PubSub);
            made.Content.Text("spec.routes.default").ShouldBe(topic == dead ? "/events/dead" : $"/events/{topic}");
            // A dead letter that fails must not be dead-lettered again.
            made.Content.Text("spec.deadLetterTopic").ShouldBe(topic == dead ? null : dead);
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Subscriptions_OfService_AreGeneratedFromItsCode(string service)
    {
        await using var app = CodeFacts.Build(service, Settings);

        var generated = SubscriptionFile.Generate(service, DaprEventPublisher.PubSub, CodeFacts.HandledBy(app).Topics);

        SubscriptionFile.Committed(service, generated).ShouldBe(generated);
    }

    [Fact]
    public void Subscriptions_All_BelongToOneService() =>
        Repository.Documents("deploy/dapr").Where(made => made.Kind == "Subscription").ShouldAllBe(made => Repository.Services.Contains(made.Content.Texts("scopes").Single()));

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Resources_OfOverlay_MatchLocalFiles(string overlay)
    {
        KubeObject.Parse(Repository.Read("deploy/local/dapr.yaml"))[0].Content.Texts("common.resourcesPaths").ShouldContain("../dapr");
        var files = Repository.Documents("deploy/dapr").Select(Describe).Order(StringComparer.Ordinal).ToArray();
        var objects = Kustomize.Render(overlay);
        foreach (var space in objects.Where(made => made.Kind == "Namespace"))
        {
            objects.Where(made => made.Namespace == space.Name && (made.Kind is "Subscription" or "Resiliency")).Select(Describe).Order(StringComparer.Ordinal)
                .ShouldBe(files);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Broker_OfOverlay_MatchesCodeAndAllowsItsTopics(string overlay)
    {
        var local = Repository.Documents("deploy/local/components").Single(made => made.Kind == "Component");
        var subscriptions = Repository.Documents("deploy/dapr").Where(made => made.Kind == "Subscription").ToArray();
        foreach (var broker in Kustomize.Render(overlay).Where(made => made.Kind == "Component"))
        {
            broker.Name.ShouldBe(DaprEventPublisher.PubSub);
            local.Name.ShouldBe(DaprEventPublisher.PubSub);
            foreach (var setting in (string[])["processingTimeout", "redeliverInterval"]) Metadata(broker, setting).ShouldBe(Metadata(local, setting));
            broker.Content.Texts("scopes").ShouldBe(Repository.Services);
            foreach (var service in Repository.Services)
            {
                // The sidecar of a service publishes its dead letters.
                Scope(broker, "publishingScopes", service).ShouldBe([.. CodeFacts.Published(service).Distinct(), $"jiceng.{service}.dead.v1"], ignoreOrder: true);
                Scope(broker, "subscriptionScopes", service).ShouldBe(
                    subscriptions.Where(made => made.Content.Texts("scopes").Contains(service)).Select(made => made.Content.Text("spec.topic")!), ignoreOrder: true);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Brokers))]
    public void Broker_OfComponent_HasItsConnection(string component, string setting)
    {
        var broker = Kustomize.RenderComponent($"components/{component}").Single(made => made.Kind == "Component");

        Metadata(broker, setting).ShouldNotBeNull();
        broker.Content.List("spec.metadata").Select(item => item.Text("name")!).ShouldBeSubsetOf(BrokerSettings);
        broker.Content.List("spec.metadata").Select(item => item.Text("name")).ShouldBeUnique();
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void AppIds_OfOverlay_MatchLocalRun(string overlay)
    {
        foreach (var service in Manifest.Of(Kustomize.Render(overlay)).Where(service => service.HasSidecar))
            CodeFacts.LocalApps[service.Annotations["dapr.io/app-id"]].Number("appPort").ShouldNotBeNull();
    }

    /// <summary>All retries of an event end before Redis hands it to another sidecar.</summary>
    [Fact]
    public void Retries_OfDelivery_EndBeforeBrokerRedelivers()
    {
        var resiliency = Repository.Documents("deploy/dapr").Single(made => made.Kind == "Resiliency").Content;
        var local = Repository.Documents("deploy/local/components").Single(made => made.Kind == "Component");
        var retries = resiliency.Number("spec.policies.retries.delivery.maxRetries").ShouldNotBeNull();
        var attempt = int.Parse(resiliency.Text("spec.policies.timeouts.attempt")!.TrimEnd('s'), null);
        var pause = int.Parse(resiliency.Text("spec.policies.retries.delivery.maxInterval")!.TrimEnd('s'), null);

        (((retries + 1) * attempt) + (retries * pause)).ShouldBeLessThan(int.Parse(Metadata(local, "processingTimeout")!, null) / 1000);
    }

    /// <summary>Kind, name and spec, without kustomize's additions.</summary>
    private static string Describe(KubeObject made) => $"{made.Kind} {made.Name} {Sorted(made.Content["spec"])} {Sorted(made.Content["scopes"])}";

    private static string Sorted(JsonNode? node) => node switch
    {
        JsonObject map => $"{{{string.Join(',', map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}:{Sorted(pair.Value)}"))}}}",
        JsonArray list => $"[{string.Join(',', list.Select(Sorted))}]",
        _ => node?.ToJsonString() ?? "null",
    };

    private static string? Metadata(KubeObject component, string name) => component.Content.List("spec.metadata").SingleOrDefault(item => item.Text("name") == name).Text("value");

    private static string[] Scope(KubeObject component, string name, string service) =>
        Metadata(component, name)!.Split(';').Single(part => part.StartsWith($"{service}=", StringComparison.Ordinal))[(service.Length + 1)..].Split(',');
}
