using System.Net;
using Jiceng.Sidecar.Rpc;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Jiceng.Sidecar.Api;

/// <summary>The web server of an app's sidecar: HTTP/1.1 on one port, gRPC on another.</summary>
internal static class ApiServer
{
    public static WebApplication Build(AppSidecar sidecar, ILoggerFactory loggers)
    {
        var settings = sidecar.Settings;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(sidecar);
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = (int)Math.Min(settings.MaxBodyBytes, int.MaxValue));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Far above the actual limit, which PublishApi enforces with daprd's error.
            kestrel.Limits.MaxRequestBodySize = 16 * settings.MaxBodyBytes;
            Listen(settings.HttpPort, HttpProtocols.Http1);
            Listen(settings.GrpcPort, HttpProtocols.Http2);
            if (settings.PublicPort > 0) Listen(settings.PublicPort, HttpProtocols.Http1);

            void Listen(int port, HttpProtocols protocols)
            {
                if (settings.ListenAddresses.Count == 0) kestrel.ListenAnyIP(port, options => options.Protocols = protocols);
                foreach (var address in settings.ListenAddresses) kestrel.Listen(new IPEndPoint(address, port), options => options.Protocols = protocols);
            }
        });

        var app = builder.Build();
        app.Use(ApiPath.Clean);
        app.Use(new ApiGuard(settings).Invoke);
        app.Use(ApiErrors.Write);
        app.UseRouting();
        PublishApi.Map(app, sidecar.Publisher, settings.MaxBodyBytes);
        BulkPublishApi.Map(app, sidecar.Publisher, settings.MaxBodyBytes);
        HealthApi.Map(app, sidecar);
        MetadataApi.Map(app, sidecar);
        app.MapGrpcService<DaprRpc>();
        app.MapFallback("{**path}", ApiErrors.NoSuchMethodAsync);
        return app;
    }

    /// <summary>Signals are handled by the process, not by each app.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
