using Dapr;

namespace Microsoft.AspNetCore.Builder;

public static class DaprApplicationBuilderExtensions
{
    public static IApplicationBuilder UseCloudEvents(this IApplicationBuilder builder) =>
        builder.UseCloudEvents(new CloudEventsMiddlewareOptions());

    /// <summary>Handlers after this see an event's data in the place of the CloudEvent.</summary>
    public static IApplicationBuilder UseCloudEvents(this IApplicationBuilder builder, CloudEventsMiddlewareOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        return builder.UseMiddleware<CloudEventsMiddleware>(options);
    }
}
