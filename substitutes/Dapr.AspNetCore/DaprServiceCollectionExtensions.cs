using Dapr.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

public static class DaprServiceCollectionExtensions
{
    /// <summary>Adds a <see cref="DaprClient" />. Addresses and token come from configuration, else from the environment.</summary>
    public static void AddDaprClient(
        this IServiceCollection services, Action<DaprClientBuilder>? configure = null,
        ServiceLifetime lifetime = ServiceLifetime.Singleton) =>
        services.AddDaprClient((_, builder) => configure?.Invoke(builder), lifetime);

    public static void AddDaprClient(
        this IServiceCollection services, Action<IServiceProvider, DaprClientBuilder> configure,
        ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.TryAdd(ServiceDescriptor.Describe(typeof(DaprClient), provider =>
        {
            var builder = new DaprClientBuilder(provider.GetService<IConfiguration>());
            configure(provider, builder);
            return builder.Build();
        }, lifetime));
    }
}
