using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Jiceng.Grid.V1;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class TelemetryTests : IDisposable
{
    private readonly TestTokens _tokens = new();

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public async Task Call_Served_IsASpanNamedByItsMethod_SentAtTheLatestWhenTheServiceStops()
    {
        await using var receiver = new OtlpReceiver();
        // No batch goes out by itself within the test.
        var app = Build(receiver, ("OTEL_BSP_SCHEDULE_DELAY", "600000"));
        app.MapGrpcService<Refusing>();
        await app.StartServiceAsync();
        using (var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc")))
        using (var caller = new Activity("caller").SetParentId("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").Start())
        {
            await new NodeService.NodeServiceClient(channel).GetNodeAsync(new GetNodeRequest());
        }

        receiver.Spans.ShouldBeEmpty();
        await app.StopAsync();
        await app.DisposeAsync();

        // Other tests of this process are seen too.
        var spans = receiver.Spans.Where(span => span.TraceId == "4bf92f3577b34da6a3ce929d0e0e4736").ToDictionary(span => span.Kind);
        string.Join(" ", spans.Keys.Order()).ShouldBe("client server", "one span of the client, without another of its HTTP request");
        var span = spans["server"];
        spans["client"].Name.ShouldBe(span.Name);
        span.Service.ShouldBe("jiceng-test");
        span.Name.ShouldBe("jiceng.grid.v1.NodeService/GetNode");
        span.Kind.ShouldBe("server");
        span.Source.ShouldBe("Microsoft.AspNetCore");
        span.ParentId.ShouldBe(spans["client"].SpanId);
        span.Tags["rpc.system.name"].ShouldBe("grpc");
        span.Tags["rpc.method"].ShouldBe("jiceng.grid.v1.NodeService/GetNode");
        span.Tags["rpc.response.status_code"].ShouldBe("OK");
        span.IsError.ShouldBeFalse();
    }

    [Fact]
    public async Task BatchDelay_FromTheVariable_IsKept()
    {
        await using var receiver = new OtlpReceiver();
        await using var app = Build(receiver, ("OTEL_BSP_SCHEDULE_DELAY", "50"));
        await app.StartServiceAsync();
        using var client = new HttpClient();
        await client.GetAsync(new Uri(app.AddressOf("Http"), "/hello"));

        // Comes while the service runs; the default would be five seconds.
        var started = Stopwatch.GetTimestamp();
        await receiver.WaitForAsync(span => span.Name == "GET /hello");
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Probes_LeaveNoSpan()
    {
        await using var receiver = new OtlpReceiver();
        var app = Build(receiver);
        await app.StartServiceAsync();
        using var client = new HttpClient();
        foreach (var path in (string[])["/livez", "/readyz", "/hello"]) await client.GetAsync(new Uri(app.AddressOf("Http"), path));
        using (var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc"))) await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest());
        var port = app.AddressOf("Http").Port.ToString(CultureInfo.InvariantCulture);
        var grpc = app.AddressOf("Grpc").Port.ToString(CultureInfo.InvariantCulture);
        await app.StopAsync();
        await app.DisposeAsync();

        // Sources of spans are shared by the process: other tests may create some at the same time.
        var ours = receiver.Spans.Where(span => span.Tags.GetValueOrDefault("server.port") is { } at && (at == port || at == grpc)).ToArray();
        ours.Select(span => $"{span.Kind} {span.Tags.GetValueOrDefault("url.path")}").Order().ShouldBe(["client ", "server /hello"]);
    }

    [Fact]
    public async Task Call_OfAMethodThatNobodyServes_IsNoNameOfASpan()
    {
        await using var receiver = new OtlpReceiver();
        var app = Build(receiver);
        app.MapGrpcService<Refusing>();
        await app.StartServiceAsync();
        using (var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc")))
            await Should.ThrowAsync<RpcException>(async () => await new CaseService.CaseServiceClient(channel).GetCaseAsync(new GetCaseRequest()));
        await app.StopAsync();
        await app.DisposeAsync();

        receiver.Spans.Where(span => span.Kind == "server").ShouldNotContain(span => span.Name.Contains("GetCase", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Spans_HoldNeitherTokensNorQueries()
    {
        await using var receiver = new OtlpReceiver();
        var app = Build(receiver);
        await app.StartServiceAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.AddressOf("Http"), "/hello?phone=13800138000"));
        request.Headers.Authorization = new("Bearer", _tokens.Issue("secret-subject"));
        await client.SendAsync(request);
        await app.StopAsync();
        await app.DisposeAsync();

        receiver.Spans.ShouldContain(span => span.Name == "GET /hello");
        foreach (var secret in (string[])["13800138000", "secret-subject", "eyJ"]) receiver.Received(secret).ShouldBeFalse(secret);
    }

    [Fact]
    public async Task FaultOfTheServer_MarksTheSpan_AndRefusalDoesNot()
    {
        await using var receiver = new OtlpReceiver();
        var app = Build(receiver);
        app.MapGrpcService<Refusing>();
        await app.StartServiceAsync();
        using (var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc")))
        {
            var client = new NodeService.NodeServiceClient(channel);
            foreach (var code in (string[])["5", "13"])
                await Should.ThrowAsync<RpcException>(async () => await client.GetNodeAsync(new GetNodeRequest { Code = code }));
        }

        await app.StopAsync();
        await app.DisposeAsync();
        ErrorOf("NOT_FOUND").ShouldBeFalse();
        ErrorOf("INTERNAL").ShouldBeTrue();

        bool ErrorOf(string code) =>
            receiver.Spans.First(span => span.Kind == "server" && span.Tags.GetValueOrDefault("rpc.response.status_code") == code).IsError;
    }

    [Fact]
    public async Task Metrics_OfServerClientAndRuntime_AreExported()
    {
        await using var receiver = new OtlpReceiver();
        var app = Build(receiver);
        await app.StartServiceAsync();
        using (var client = new HttpClient()) await client.GetAsync(new Uri(app.AddressOf("Http"), "/hello"));
        await app.StopAsync();
        await app.DisposeAsync();

        foreach (var name in (string[])["http.server.request.duration", "kestrel.active_connections", "aspnetcore.routing.match_attempts", "http.client.request.duration", "dotnet.gc.collections"])
            receiver.Metrics.ShouldContain(metric => metric.Name == name && metric.Service == "jiceng-test", name);
    }

    [Fact]
    public async Task Duration_OfAGrpcCall_TellsItsStatus()
    {
        await using var receiver = new OtlpReceiver();
        var told = new ConcurrentQueue<object?>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, of) =>
        {
            if (instrument.Name == "http.server.request.duration") of.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "rpc.grpc.status_code") told.Enqueue(tag.Value);
            }
        });
        listener.Start();
        var app = Build(receiver);
        app.MapGrpcService<Refusing>();
        await app.StartServiceAsync();
        // No other test has this code.
        using (var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc")))
            await Should.ThrowAsync<RpcException>(async () => await new NodeService.NodeServiceClient(channel).GetNodeAsync(new GetNodeRequest { Code = "11" }));
        await app.StopAsync();
        await app.DisposeAsync();
        told.ShouldContain(11);
    }

    [Fact]
    public async Task WithoutCollector_NothingIsSetUp()
    {
        await using var app = HostRun.Builder(_tokens).Build();
        app.Services.GetService<OpenTelemetry.Trace.TracerProvider>().ShouldBeNull();
    }

    private WebApplication Build(OtlpReceiver receiver, params (string, string?)[] settings) =>
        Mapped(HostRun.Builder(_tokens, [.. receiver.Settings.Select(setting => (setting.Key, setting.Value)), .. settings]).Build());

    private static WebApplication Mapped(WebApplication app)
    {
        app.MapGet("/hello", () => "hello");
        return app;
    }

    private sealed class Refusing : NodeService.NodeServiceBase
    {
        public override Task<Node> GetNode(GetNodeRequest request, ServerCallContext context) => request.Code.Length == 0
            ? Task.FromResult(new Node())
            : throw new RpcException(new Status((StatusCode)int.Parse(request.Code, CultureInfo.InvariantCulture), "no"));
    }
}
