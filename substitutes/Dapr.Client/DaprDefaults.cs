using Microsoft.Extensions.Configuration;

namespace Dapr;

/// <summary>The addresses and tokens that Dapr gives an app, from configuration where there is one, else the environment.</summary>
internal static class DaprDefaults
{
    public static string HttpEndpoint(IConfiguration? configuration = null) =>
        Endpoint(configuration, "DAPR_HTTP_ENDPOINT", "DAPR_HTTP_PORT", 3500);

    public static string GrpcEndpoint(IConfiguration? configuration = null) =>
        Endpoint(configuration, "DAPR_GRPC_ENDPOINT", "DAPR_GRPC_PORT", 50001);

    public static string? ApiToken(IConfiguration? configuration = null) => Read(configuration, "DAPR_API_TOKEN");

    public static string? AppToken(IConfiguration? configuration = null) => Read(configuration, "APP_API_TOKEN");

    private static string Endpoint(IConfiguration? configuration, string endpointName, string portName, int defaultPort) =>
        Read(configuration, endpointName) ?? $"http://localhost:{Read(configuration, portName) ?? $"{defaultPort}"}";

    private static string? Read(IConfiguration? configuration, string name)
    {
        var value = configuration?[name];
        if (string.IsNullOrWhiteSpace(value))
            value = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrWhiteSpace(value) ? null : value;
    }
}
