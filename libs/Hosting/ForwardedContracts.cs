using Grpc.AspNetCore.HealthChecks;
using Grpc.Health.V1;
using Grpc.Reflection;
using Grpc.Reflection.V1;
using Microsoft.Extensions.DependencyInjection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Jiceng.Hosting;

/// <summary>The gRPC services that a gateway forwards, answered for by its own reflection and health.</summary>
public static class ForwardedContracts
{
    /// <summary>Lists the services in gRPC server reflection and in grpc.health.v1, which by themselves know only what this process implements.</summary>
    /// <param name="services">The service's collection.</param>
    /// <param name="forwarded">The services.</param>
    public static void AddForwardedContracts(this IServiceCollection services, IReadOnlyList<ServiceDescriptor> forwarded)
    {
        ServiceDescriptor[] described = [.. forwarded, Health.Descriptor, ServerReflection.Descriptor, global::Grpc.Reflection.V1Alpha.ServerReflection.Descriptor];
        services.AddSingleton(new ReflectionV1ServiceImpl(described));
        services.AddSingleton(new ReflectionServiceImpl(described));
        services.Configure<GrpcHealthChecksOptions>(options =>
        {
            foreach (var service in forwarded) options.Services.Map(service.FullName, check => ServiceHealth.IsReadiness(check.Name));
        });
    }
}
