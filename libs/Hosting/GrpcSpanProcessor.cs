using System.Diagnostics;
using System.Globalization;
using OpenTelemetry;

namespace Jiceng.Hosting;

/// <summary>Names the spans of gRPC calls, served and made, by their method, as OpenTelemetry's conventions for RPC ask.</summary>
internal sealed class GrpcSpanProcessor : BaseProcessor<Activity>
{
    /// <summary>Status codes that say that the server failed, not the caller: these mark a served span as an error.</summary>
    private static readonly int[] ServerFaults = [2, 4, 12, 13, 14, 15];

    public override void OnEnd(Activity data)
    {
        switch (data.Source.Name)
        {
            case "Microsoft.AspNetCore" when data.GetTagItem("grpc.method") is string method:
                Describe(data, method);
                Judge(data);
                break;
            case "System.Net.Http" when data.GetTagItem("url.full") is string url && MethodOf(url) is { } method:
                Describe(data, method);
                break;
        }
    }

    /// <summary>The path of a call to one of our services or of the gRPC project's own; null for any other request.</summary>
    private static string? MethodOf(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.AbsolutePath.StartsWith("/jiceng.", StringComparison.Ordinal) || uri.AbsolutePath.StartsWith("/grpc.", StringComparison.Ordinal))
            ? uri.AbsolutePath
            : null;

    private static void Describe(Activity span, string method)
    {
        var path = method.TrimStart('/');
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0) return;
        span.DisplayName = path;
        span.SetTag("rpc.system", "grpc");
        span.SetTag("rpc.service", path[..slash]);
        span.SetTag("rpc.method", path[(slash + 1)..]);
    }

    private static void Judge(Activity span)
    {
        if (!int.TryParse(span.GetTagItem("grpc.status_code") as string, NumberStyles.None, CultureInfo.InvariantCulture, out var code)) return;
        span.SetTag("rpc.grpc.status_code", code);
        if (ServerFaults.Contains(code)) span.SetStatus(ActivityStatusCode.Error);
    }
}
