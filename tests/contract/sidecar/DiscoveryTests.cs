using System.Text.Json;

namespace Jiceng.SidecarConformance;

/// <summary>Subscriptions from the app and from files.</summary>
public sealed class DiscoveryTests(Broker broker)
{
    private readonly string _topic = Unique.Name("discovery");

    [Fact]
    public async Task Subscribe_AtStart_IsCalledOnceWithTheAppId()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "1");
        await app.ReceivedOneAsync();
        app.Questions.Select(q => q.Path).ShouldBe(["/dapr/config", "/dapr/subscribe"]);
        app.Questions.ShouldAllBe(q => q.Header("dapr-app-id") == sidecar.AppId);
    }

    [Fact]
    public async Task Subscribe_KeysInAnyCaseAndRouteWithoutSlash_Work()
    {
        await using var app = new TestApp { SubscribeReply = new Reply(200, $$"""[{"pubsubName":"bus","Topic":"{{_topic}}","ROUTE":"on/it"}]""") }.Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "1");
        (await app.ReceivedOneAsync()).Path.ShouldBe("/on/it");
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(204, "")]
    [InlineData(302, "")]
    [InlineData(500, "")]
    [InlineData(200, "not json")]
    public async Task Subscribe_InvalidList_MeansNoSubscriptions(int status, string body)
    {
        await using var app = new TestApp { SubscribeReply = new Reply(status, body) }.Listen();
        await using var sidecar = await StartAsync(app);
        (await sidecar.GetJsonAsync("metadata")).Has("subscriptions").ShouldBeFalse();
        app.Questions.ShouldNotContain(q => q.Path == "/elsewhere");
    }

    [Fact]
    public async Task Routes_FirstTrueRule_ThenDefault()
    {
        await using var app = new TestApp
        {
            SubscribeReply = new Reply(200, $$$"""
                [{"pubsubname":"bus","topic":"{{{_topic}}}","route":"/never","routes":{"default":"/rest","rules":[
                  {"match":"event.type == \"a\" && event.data.kind == \"x\"","path":"/ax"},
                  {"match":"event.type == \"a\" || event.type in [\"b\", \"c\"]","path":"/abc"}]}}]
                """),
        }.Listen();
        await using var sidecar = await StartAsync(app);
        foreach (var (type, kind) in new[] { ("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"), ("d", "x") })
            await sidecar.SendAsync(_topic, $$"""{"kind":"{{kind}}"}""", query: $"?metadata.cloudevent.type={type}");

        var paths = (await app.ReceivedAsync(5)).GroupBy(d => d.Event.Text("type")).ToDictionary(g => g.Key, g => g.Select(d => d.Path).Order().ToArray());
        paths["a"].ShouldBe(["/abc", "/ax"]);
        paths["b"].ShouldBe(["/abc"]);
        paths["c"].ShouldBe(["/abc"]);
        paths["d"].ShouldBe(["/rest"]);
    }

    [Fact]
    public async Task Routes_NoRuleMatches_DropsToTheDeadLetterTopic()
    {
        await using var app = new TestApp { SubscribeReply = RoutesOnly("event.type == \\\"wanted\\\"") }.Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "1");
        await Eventually.HoldsAsync(async () => await broker.LengthAsync(_topic + "-dead") == 1, "the dead letter");
        await sidecar.SendAsync(_topic, "2", query: "?metadata.cloudevent.type=wanted");
        (await app.ReceivedOneAsync()).Event.GetProperty("data").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Routes_FieldMissing_FailsTheMessage()
    {
        await using var app = new TestApp { SubscribeReply = RoutesOnly("event.data.kind == \\\"x\\\"") }.Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, """{"other":1}""");
        await Eventually.HoldsAsync(async () => await broker.LengthAsync(_topic + "-dead") == 1, "the dead letter");
        app.Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Subscribe_NoRoute_SkipsTheEntry()
    {
        await using var app = new TestApp { SubscribeReply = new Reply(200, $$"""[{"pubsubname":"bus","topic":"{{_topic}}-none"},{"pubsubname":"bus","topic":"{{_topic}}","route":"/on"}]""") }.Listen();
        await using var sidecar = await StartAsync(app);
        var subscriptions = (await sidecar.GetJsonAsync("metadata")).GetProperty("subscriptions");
        subscriptions.EnumerateArray().ShouldHaveSingleItem().Text("topic").ShouldBe(_topic);
    }

    [Theory]
    [InlineData("dapr.io/v2alpha1", "routes: { default: /file }")]
    [InlineData("dapr.io/v1alpha1", "route: /file")]
    public async Task Declarative_BothVersions_Deliver(string apiVersion, string route)
    {
        await using var app = new TestApp().Listen();
        await using var sidecar = await StartAsync(app, Declarative(apiVersion, route));
        await sidecar.SendAsync(_topic, "1");
        (await app.ReceivedOneAsync()).Path.ShouldBe("/file");
        var subscription = (await sidecar.GetJsonAsync("metadata")).GetProperty("subscriptions").EnumerateArray().ShouldHaveSingleItem();
        subscription.Text("type").ShouldBe("DECLARATIVE");
    }

    [Fact]
    public async Task Declarative_ScopedToAnotherApp_IsIgnored()
    {
        await using var app = new TestApp().Listen();
        await using var sidecar = await StartAsync(app, Declarative("dapr.io/v2alpha1", "routes: { default: /file }") + "\nscopes: [someone-else]\n");
        (await sidecar.GetJsonAsync("metadata")).Has("subscriptions").ShouldBeFalse();
    }

    [Fact]
    public async Task Declarative_SameTopicAsProgrammatic_IsOverridden()
    {
        await using var app = new TestApp().Subscribe(_topic, "/program", deadLetterTopic: "dead").Listen();
        await using var sidecar = await StartAsync(app, Declarative("dapr.io/v2alpha1", "routes: { default: /file }"));
        await sidecar.SendAsync(_topic, "1");
        (await app.ReceivedOneAsync()).Path.ShouldBe("/program");
        var subscription = (await sidecar.GetJsonAsync("metadata")).GetProperty("subscriptions").EnumerateArray().ShouldHaveSingleItem();
        subscription.Text("type").ShouldBe("PROGRAMMATIC");
        subscription.Text("pubsubname").ShouldBe(DaprSidecar.Pubsub);
        subscription.Text("deadLetterTopic").ShouldBe("dead");
        subscription.GetProperty("rules").EnumerateArray().ShouldHaveSingleItem().Text("path").ShouldBe("/program");
    }

    [Fact]
    public async Task Group_NewApp_GetsTheWholeBacklog()
    {
        for (var i = 0; i < 3; i++) await broker.AddAsync(_topic, JsonSerializer.Serialize(new { id = i, data = i }));
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        (await app.ReceivedAsync(3)).Select(d => d.Event.GetProperty("data").GetInt32()).Order().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task Groups_AppsAndReplicas_EachAppGetsAllAndReplicasShare()
    {
        await using var first = new TestApp().Subscribe(_topic).Listen();
        await using var replica = new TestApp().Subscribe(_topic).Listen();
        await using var other = new TestApp().Subscribe(_topic).Listen();
        await using var firstSidecar = await StartAsync(first, appId: _topic);
        await using var replicaSidecar = await StartAsync(replica, appId: _topic);
        await using var otherSidecar = await StartAsync(other);
        for (var i = 0; i < 10; i++) await firstSidecar.SendAsync(_topic, "1");

        await other.ReceivedAsync(10);
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, _topic), "acknowledgement of all");
        (first.Deliveries.Count + replica.Deliveries.Count).ShouldBe(10);
    }

    [Fact]
    public async Task Scopes_ForbiddenSubscription_IsSkipped()
    {
        await using var app = new TestApp().Subscribe(_topic).Subscribe(_topic + "-free").Listen();
        var resource = Resource.Component(broker.Address, settings: [("subscriptionScopes", $"{_topic}-app={_topic}-free")]);
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { AppId = $"{_topic}-app", App = app, Resources = [resource] });
        await sidecar.SendAsync(_topic, "1");
        await sidecar.SendAsync(_topic + "-free", "2");
        (await app.ReceivedOneAsync()).Event.Text("topic").ShouldBe(_topic + "-free");
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic + "-free", sidecar.AppId), "acknowledgement");
        app.Deliveries.Count.ShouldBe(1);
    }

    private string Declarative(string apiVersion, string route) => $"""
        apiVersion: {apiVersion}
        kind: Subscription
        metadata:
          name: by-file
        spec:
          pubsubname: bus
          topic: {_topic}
          {route}
        """;

    private Reply RoutesOnly(string rule) => new(200, $$$"""
        [{"pubsubname":"bus","topic":"{{{_topic}}}","deadLetterTopic":"{{{_topic}}}-dead","routes":{"rules":[{"match":"{{{rule}}}","path":"/on"}]}}]
        """);

    private Task<DaprSidecar> StartAsync(TestApp app, string? more = null, string? appId = null)
    {
        string[] resources = more is null ? [Resource.Component(broker.Address)] : [Resource.Component(broker.Address), more];
        var setup = new Setup { App = app, Resources = resources };
        return DaprSidecar.StartAsync(appId is null ? setup : setup with { AppId = appId });
    }
}
