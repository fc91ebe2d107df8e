using System.Diagnostics;
using OpenTelemetry;

namespace Jiceng.Hosting;

/// <summary>Names the spans of gRPC calls that the service makes by their method; by itself HttpClient calls each of them POST.</summary>
internal sealed class ClientSpans : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != "System.Net.Http" || data.GetTagItem("url.full") is not string url) return;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri)) return;
        if (data.Parent is null && Probes.Are(uri.AbsolutePath)) Probes.Forget(data);
        if (!uri.AbsolutePath.StartsWith("/jiceng.", StringComparison.Ordinal) && !uri.AbsolutePath.StartsWith("/grpc.", StringComparison.Ordinal)) return;
        if (RpcName.Of(uri.AbsolutePath) is not { } name) return;
        data.SetTag("rpc.system", "grpc");
        name.Give(data);
    }
}

/// <summary>Service and method of a gRPC call, from its path.</summary>
internal sealed record RpcName(string Service, string Method)
{
    public static RpcName? Of(string path) => path.TrimStart('/').Split('/') is [{ Length: > 0 } service, { Length: > 0 } method] ? new RpcName(service, method) : null;

    public void Give(Activity span)
    {
        span.DisplayName = $"{Service}/{Method}";
        span.SetTag("rpc.service", Service);
        span.SetTag("rpc.method", Method);
    }
}
