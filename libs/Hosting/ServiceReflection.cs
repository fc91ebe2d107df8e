using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Jiceng.Hosting;

/// <summary>
/// gRPC server reflection over the services that this process maps, and over those whose <see cref="ServiceDescriptor"/> is registered
/// in the service collection, which is how the gateway describes what it forwards.
/// </summary>
internal static class ServiceReflection
{
    public static void AddServiceReflection(this WebApplicationBuilder builder)
    {
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<ServedServices>();
        builder.Services.AddSingleton(services => new ReflectionV1ServiceImpl(services.GetRequiredService<ServedServices>().Descriptors));
        builder.Services.AddSingleton(services => new ReflectionServiceImpl(services.GetRequiredService<ServedServices>().Descriptors));
    }

    public static void MapServiceReflection(this WebApplication app)
    {
        app.MapGrpcService<ReflectionV1ServiceImpl>().AllowAnonymous();
        // The older version of the protocol, which many clients still ask first.
        app.MapGrpcService<ReflectionServiceImpl>().AllowAnonymous();
    }
}

/// <summary>The gRPC services that can be called at this process, known once its endpoints are mapped.</summary>
internal sealed class ServedServices(EndpointDataSource endpoints, IEnumerable<ServiceDescriptor> forwarded)
{
    private readonly Lazy<IReadOnlyList<ServiceDescriptor>> _descriptors = new(() =>
        [.. endpoints.Endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.ServiceType)
            .OfType<Type>()
            .Distinct()
            .Select(DescriptorOf)
            .OfType<ServiceDescriptor>()
            .Concat(forwarded)
            .DistinctBy(descriptor => descriptor.FullName)
            .OrderBy(descriptor => descriptor.FullName, StringComparer.Ordinal)]);

    public IReadOnlyList<ServiceDescriptor> Descriptors => _descriptors.Value;

    public IReadOnlySet<string> Names => field ??= Descriptors.Select(descriptor => descriptor.FullName).ToHashSet();

    /// <summary>The generated base class of a service is nested in a static class that holds the descriptor.</summary>
    private static ServiceDescriptor? DescriptorOf(Type service)
    {
        for (var type = service; type is not null; type = type.BaseType)
        {
            if (type.DeclaringType?.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)
                is ServiceDescriptor descriptor)
                return descriptor;
        }

        return null;
    }
}
