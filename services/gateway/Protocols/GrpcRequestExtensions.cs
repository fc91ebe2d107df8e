namespace Jiceng.Gateway.Protocols;

/// <summary>Recognises HTTP requests that are gRPC calls.</summary>
internal static class GrpcRequestExtensions
{
    private const string GrpcType = "application/grpc";

    public static bool IsGrpc(this HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith(GrpcType, StringComparison.OrdinalIgnoreCase)
        // application/grpc-web and the like are something else.
        && (type.Length == GrpcType.Length || type[GrpcType.Length] is '+' or ';')
        && HttpProtocol.IsHttp2(request.Protocol);

    /// <summary>The full name of the method, as it stands in the path.</summary>
    public static string MethodName(this HttpRequest request) => request.Path.Value?.TrimStart('/') ?? "";
}
