using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jiceng.Rpc;

/// <summary>Adds what every gRPC method of the suite goes through.</summary>
public static class RpcSetup
{
    /// <summary>Adds gRPC with the error and access interceptors, and <see cref="RpcWrites"/>.</summary>
    public static IServiceCollection AddRpc(this IServiceCollection services)
    {
        services.AddSingleton<ResourcePlaceStore>();
        services.AddSingleton<RpcWrites>();
        services.AddSingleton<ErrorInterceptor>();
        services.AddSingleton<IStartupFilter, UnreadRequests>();
        // The error interceptor logs exceptions of handlers; what remains are requests that cannot be parsed, which is the caller's fault.
        services.Configure<LoggerFilterOptions>(options => options.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.Critical));
        services.AddSingleton<AccessInterceptor>();
        services.AddGrpc().Services.Configure<GrpcServiceOptions>(options =>
        {
            // Errors outermost, so that access errors are reported in full too.
            options.Interceptors.Add<ErrorInterceptor>();
            options.Interceptors.Add<AccessInterceptor>();
        });
        return services;
    }
}
