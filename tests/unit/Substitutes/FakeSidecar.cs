using System.Collections.Concurrent;
using Dapr.Client;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jiceng.UnitTests.Substitutes;

/// <summary>Keeps what it is sent, and answers as it is told.</summary>
internal sealed class FakeSidecar : IAsyncDisposable
{
    public const string Token = "secret-of-the-sidecar";
    private readonly WebApplication app;
    private int healthStatus = StatusCodes.Status204NoContent;

    private FakeSidecar(WebApplication app)
    {
        this.app = app;
        (GrpcAddress, HttpAddress) = (app.Urls.First(), app.Urls.Last());
        Client = new DaprClientBuilder().UseGrpcEndpoint(GrpcAddress).UseHttpEndpoint(HttpAddress).UseDaprApiToken(Token).Build();
    }

    public string GrpcAddress { get; }

    public string HttpAddress { get; }

    public DaprClient Client { get; }

    public ConcurrentQueue<PublishEventRequest> Published { get; } = [];

    public ConcurrentQueue<BulkPublishRequest> BulkPublished { get; } = [];

    public ConcurrentQueue<string> HealthPaths { get; } = [];

    /// <summary>Knows only the older name of bulk publishing.</summary>
    public bool IsOld { get; set; }

    public int HealthStatus
    {
        get => Volatile.Read(ref healthStatus);
        set => Volatile.Write(ref healthStatus, value);
    }

    public static async Task<FakeSidecar> StartAsync()
    {
        FakeSidecar? sidecar = null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_ => new Api(sidecar!));
        var app = builder.Build();
        app.MapGrpcService<Api>();
        app.MapGet("/v1.0/{**path}", (HttpContext context) =>
        {
            sidecar!.HealthPaths.Enqueue($"{context.Request.Path} {context.Request.Headers["dapr-api-token"]}");
            return Results.StatusCode(sidecar.HealthStatus);
        });
        await app.StartAsync();
        return sidecar = new FakeSidecar(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }

    private sealed class Api(FakeSidecar sidecar) : Dapr.Client.Autogen.Grpc.v1.Dapr.DaprBase
    {
        public override Task<Empty> PublishEvent(PublishEventRequest request, ServerCallContext context)
        {
            RequireToken(context);
            if (request.PubsubName == "absent")
                throw new RpcException(new Status(StatusCode.InvalidArgument, "pubsub absent is not found"));
            sidecar.Published.Enqueue(request);
            return Task.FromResult(new Empty());
        }

        public override Task<BulkPublishResponse> BulkPublishEvent(BulkPublishRequest request, ServerCallContext context) =>
            sidecar.IsOld
                ? throw new RpcException(new Status(StatusCode.Unimplemented, "unknown method"))
                : BulkPublishEventAlpha1(request, context);

        public override Task<BulkPublishResponse> BulkPublishEventAlpha1(BulkPublishRequest request, ServerCallContext context)
        {
            RequireToken(context);
            sidecar.BulkPublished.Enqueue(request);
            var failed = request.Entries.Where(entry => entry.Event.ToStringUtf8().Contains("poison", StringComparison.Ordinal))
                .Select(entry => new BulkPublishResponseFailedEntry { EntryId = entry.EntryId, Error = "broker said no" });
            return Task.FromResult(new BulkPublishResponse { FailedEntries = { failed } });
        }

        public override Task<GetMetadataResponse> GetMetadata(GetMetadataRequest request, ServerCallContext context)
        {
            RequireToken(context);
            return Task.FromResult(new GetMetadataResponse
            {
                Id = "grid",
                RegisteredComponents = { new RegisteredComponents { Name = "pubsub", Type = "pubsub.redis", Version = "v1" } },
                ExtendedMetadata = { ["daprRuntimeVersion"] = "1.18.3" },
            });
        }

        private static void RequireToken(ServerCallContext context)
        {
            if (context.RequestHeaders.GetValue("dapr-api-token") != Token)
                throw new RpcException(new Status(StatusCode.Unauthenticated, "invalid api token"));
        }
    }
}
