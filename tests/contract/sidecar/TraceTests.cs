using System.Globalization;
using System.Net;
using System.Text;

namespace Jiceng.SidecarConformance;

/// <summary>W3C trace headers through the sidecar.</summary>
public sealed class TraceTests(Broker broker)
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = $"00-{TraceId}-b7ad6b7169203331-01";
    private readonly string _topic = Unique.Name("trace");

    [Fact]
    public async Task NoExporter_CallersTrace_ReachesTheAppUnchanged()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "1", traceparent: Parent, query: "?metadata.cloudevent.tracestate=k=v");
        var delivery = await app.ReceivedOneAsync();
        delivery.Header("traceparent").ShouldBe(Parent);
        delivery.Header("tracestate").ShouldBe("k=v");
        delivery.Event.Text("traceparent").ShouldBe(Parent);
    }

    [Fact]
    public async Task NoExporter_NoTrace_SendsZeros()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "1");
        var delivery = await app.ReceivedOneAsync();
        delivery.Header("traceparent").ShouldBe("00-00000000000000000000000000000000-0000000000000000-00");
        delivery.Event.Text("traceparent").ShouldBe("");
    }

    [Fact]
    public async Task PassThrough_TraceOfTheEvent_ReachesTheApp()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, $$"""{"id":"1","traceid":"{{Parent}}","traceparent":"{{Parent}}","data":1}""", "application/cloudevents+json");
        (await app.ReceivedOneAsync()).Header("traceparent").ShouldBe(Parent);
    }

    [Fact]
    public async Task Exporter_Set_ExportsEverySpanAsAChild()
    {
        var port = FreePort.Take();
        using var collector = new HttpListener();
        collector.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        collector.Start();
        var exported = CollectAsync(collector, $"pubsub/{_topic}");
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup
        {
            App = app,
            Resources = [Resource.Component(broker.Address)],
            Environment = new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}",
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_INSECURE"] = "true",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            },
        });
        await sidecar.SendAsync(_topic, "1", traceparent: Parent);
        var delivery = await app.ReceivedOneAsync();
        var (published, delivered) = (delivery.Event.Text("traceparent"), delivery.Header("traceparent")!);
        published.ShouldStartWith($"00-{TraceId}-");
        delivered.ShouldStartWith($"00-{TraceId}-");
        new[] { Parent, published, delivered }.Distinct().Count().ShouldBe(3);
        await exported.WaitAsync(TimeSpan.FromSeconds(120), TestContext.Current.CancellationToken);
    }

    private static async Task CollectAsync(HttpListener collector, string wanted)
    {
        while (true)
        {
            var context = await collector.GetContextAsync();
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            context.Response.Close();
            if (body.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(wanted)) >= 0) return;
        }
    }

    private Task<DaprSidecar> StartAsync(TestApp app) => DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(broker.Address)] });
}
