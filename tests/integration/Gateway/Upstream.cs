using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Grid.V1;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>A service behind the gateway whose responses show what reached it.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Upstream(WebApplication app, Seen seen)
    {
        _app = app;
        Seen = seen;
    }

    public Seen Seen { get; }

    public Uri Address => _app.AddressOf("Grpc");

    /// <summary>One that serves a few methods in their own way, or one that takes whatever comes.</summary>
    public static async Task<Upstream> StartAsync(TestTokens tokens, int port = 0, bool echoes = true, string host = "127.0.0.1")
    {
        var builder = ServiceHost.CreateBuilder(
            [
                $"--Endpoints:Grpc=http://{host}:{port}",
                "--Endpoints:Http=http://127.0.0.1:0",
                "--Logging:Console:LogLevel:Default=None",
                "--Shutdown:Timeout=00:00:01",
                .. tokens.Settings.Select(setting => $"--{setting.Key}={setting.Value}"),
            ],
            "grid");
        var seen = new Seen();
        builder.Services.AddSingleton(seen);
        // Without a log there is no activity, and with it no trace id to look at.
        builder.Services.AddSingleton<ILoggerProvider>(new LinesLogged());
        if (!echoes) builder.Services.Configure<GrpcServiceOptions>(options => options.IgnoreUnknownServices = true);
        var app = builder.Build();
        if (echoes) MapEchoes(app, seen);
        else MapAnything(app, seen);
        await app.StartServiceAsync();
        return new Upstream(app, seen);
    }

    public async ValueTask DisposeAsync()
    {
        Seen.Watch.Writer.TryComplete();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static void MapEchoes(WebApplication app, Seen seen)
    {
        app.MapGrpcService<EchoNodes>();
        app.MapGrpcService<EchoCases>();
        app.MapGrpcService<EchoMessaging>();
        app.MapPost("/jiceng.cadre.v1.PersonService/GetPerson", async (HttpContext context) =>
        {
            var buffer = new byte[65536];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0;) seen.BodyBytes += read;
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", "0");
        });
        app.MapPost("/jiceng.cadre.v1.PersonService/ListPersons", () => Results.StatusCode(500));
        app.MapPost("/jiceng.cadre.v1.PersonService/CreatePerson", () => Results.StatusCode(503));
        app.MapPost("/jiceng.cadre.v1.PersonService/UpdatePerson", (HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted));
    }

    private static void MapAnything(WebApplication app, Seen seen) => app.MapPost("/{service}/{method}", async (HttpContext context) =>
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        seen.Asked = body.ToArray()[5..];
        context.Response.ContentType = "application/grpc";
        var answer = seen.Answer?.Invoke(seen.Asked) ?? [];
        byte[] prefix = [0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), answer.Length);
        await context.Response.Body.WriteAsync((byte[])[.. prefix, .. answer]);
        context.Response.AppendTrailer("grpc-status", "0");
    });
}

internal sealed class Seen
{
    /// <summary>A message to watch at which the service breaks off, as one does that is killed.</summary>
    public const string Crash = "crash";

    /// <summary>A code of a node at which the service waits until it is released.</summary>
    public const string Hold = "hold";

    /// <summary>A code of a node, or a message to watch, that the service refuses.</summary>
    public const string Refuse = "refused";

    /// <summary>A code of a node to which the service says something before and after its answer.</summary>
    public const string Talk = "talk";

    public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Metadata Headers { get; set; } = [];

    public DateTime Deadline { get; set; }

    public string? TraceId { get; set; }

    /// <summary>Calls of GetNode that came here.</summary>
    public int NodesAsked;

    /// <summary>Bytes of the request to GetPerson, which takes everything that comes.</summary>
    public long BodyBytes { get; set; }

    /// <summary>The message of the last call to an upstream that takes anything.</summary>
    public byte[] Asked { get; set; } = [];

    /// <summary>Its answer, made of the message.</summary>
    public Func<byte[], byte[]>? Answer { get; set; }

    /// <summary>What the watch sends, when the test says.</summary>
    public Channel<string> Watch { get; } = Channel.CreateUnbounded<string>();
}

internal sealed class EchoNodes(Seen seen) : NodeService.NodeServiceBase
{
    public override async Task<Node> GetNode(GetNodeRequest request, ServerCallContext context)
    {
        Interlocked.Increment(ref seen.NodesAsked);
        if (request.Code == Seen.Hold)
        {
            seen.Held.TrySetResult();
            await seen.Release.Task.WaitAsync(context.CancellationToken);
        }

        seen.Headers = context.RequestHeaders;
        seen.Deadline = context.Deadline;
        seen.TraceId = Activity.Current?.TraceId.ToHexString();
        if (request.Code == Seen.Talk)
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "x-before", "1" }, { "x-bytes-bin", [1, 2, 255] } });
            context.ResponseTrailers.Add("x-after", "2");
        }

        return request.Code == Seen.Refuse
            ? throw new RpcException(new Status(StatusCode.NotFound, "网格不存在 100%"), new Metadata { { "x-reason", "NODE_NOT_FOUND" } })
            : new Node { Code = request.Code };
    }

    public override Task<Node> UpdateNode(UpdateNodeRequest request, ServerCallContext context)
    {
        seen.Deadline = context.Deadline;
        return Task.FromResult(new Node { Code = request.Node.Name.Length.ToString(CultureInfo.InvariantCulture) });
    }

    public override async Task<ImportNodesResponse> ImportNodes(IAsyncStreamReader<ImportNodesRequest> requestStream, ServerCallContext context)
    {
        var count = 0;
        while (await requestStream.MoveNext(context.CancellationToken)) count++;
        return new ImportNodesResponse { CreatedCount = count };
    }
}

internal sealed class EchoCases(Seen seen) : CaseService.CaseServiceBase
{
    public override async Task WatchCases(WatchCasesRequest request, IServerStreamWriter<WatchCasesResponse> responseStream, ServerCallContext context)
    {
        await context.WriteResponseHeadersAsync([]);
        foreach (var id in request.NodeCode == Seen.Talk ? (string[])["first", "第二"] : [])
            await responseStream.WriteAsync(new WatchCasesResponse { Case = new Case { CaseId = id } });
        if (request.NodeCode == Seen.Talk) return;
        await foreach (var id in seen.Watch.Reader.ReadAllAsync(context.CancellationToken))
        {
            if (id == Seen.Crash) context.GetHttpContext().Abort();
            if (id == Seen.Refuse) throw new RpcException(new Status(StatusCode.FailedPrecondition, "案件已关闭"), new Metadata { { "x-after", "2" } });
            await responseStream.WriteAsync(new WatchCasesResponse { Case = new Case { CaseId = id } });
        }
    }
}

internal sealed class EchoMessaging : MessagingService.MessagingServiceBase
{
    public override Task<ReadEventsResponse> ReadEvents(ReadEventsRequest request, ServerCallContext context) =>
        Task.FromResult(new ReadEventsResponse { NextPosition = context.RequestHeaders.GetValue("jiceng-service") });
}
