using System.Text.Json;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;

namespace Dapr.Client;

public sealed class DaprClientBuilder
{
    private string httpEndpoint;
    private string grpcEndpoint;
    private string? apiToken;
    private TimeSpan timeout;
    private JsonSerializerOptions jsonOptions = new(JsonSerializerDefaults.Web);
    private GrpcChannelOptions channelOptions = new() { ThrowOperationCanceledOnCancellation = true };

    public DaprClientBuilder()
        : this(null)
    {
    }

    internal DaprClientBuilder(IConfiguration? configuration)
    {
        httpEndpoint = DaprDefaults.HttpEndpoint(configuration);
        grpcEndpoint = DaprDefaults.GrpcEndpoint(configuration);
        apiToken = DaprDefaults.ApiToken(configuration);
    }

    public DaprClientBuilder UseHttpEndpoint(string httpEndpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(httpEndpoint);
        this.httpEndpoint = httpEndpoint;
        return this;
    }

    public DaprClientBuilder UseGrpcEndpoint(string grpcEndpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(grpcEndpoint);
        this.grpcEndpoint = grpcEndpoint;
        return this;
    }

    public DaprClientBuilder UseJsonSerializationOptions(JsonSerializerOptions options)
    {
        jsonOptions = options;
        return this;
    }

    public DaprClientBuilder UseGrpcChannelOptions(GrpcChannelOptions grpcChannelOptions)
    {
        channelOptions = grpcChannelOptions;
        return this;
    }

    /// <summary>Sent with every call to the sidecar.</summary>
    public DaprClientBuilder UseDaprApiToken(string? apiToken)
    {
        this.apiToken = apiToken;
        return this;
    }

    /// <summary>The longest that an HTTP call may take.</summary>
    public DaprClientBuilder UseTimeout(TimeSpan timeout)
    {
        this.timeout = timeout;
        return this;
    }

    public DaprClient Build()
    {
        var http = new HttpClient { BaseAddress = HttpAddress(httpEndpoint, "HTTP") };
        if (timeout > TimeSpan.Zero)
            http.Timeout = timeout;
        if (!string.IsNullOrEmpty(apiToken))
            http.DefaultRequestHeaders.TryAddWithoutValidation(DaprClientGrpc.ApiTokenHeader, apiToken);
        var channel = GrpcChannel.ForAddress(HttpAddress(grpcEndpoint, "gRPC"), channelOptions);
        return new DaprClientGrpc(channel, http, jsonOptions, apiToken);
    }

    private static Uri HttpAddress(string endpoint, string kind)
    {
        var address = new Uri(endpoint);
        return address.Scheme is "http" or "https"
            ? address
            : throw new InvalidOperationException($"The {kind} endpoint must use http or https.");
    }
}
