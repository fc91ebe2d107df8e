using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenTelemetry;

namespace Jiceng.Hosting;

/// <summary>
/// Names the spans of what the service calls: gRPC methods, which HttpClient all calls POST, and statements, which Npgsql all calls
/// postgresql. Leaves out what nobody asked for: probes, and statements outside any trace, such as the polling of the outbox, which
/// the metrics count.
/// </summary>
internal sealed partial class ClientSpans : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        var ours = data.Source.Name switch
        {
            "Npgsql" => data.ParentSpanId != default,
            "Yarp.ReverseProxy" => data.OperationName != "proxy.cluster_health_checks",
            _ => true,
        };
        if (!ours) Probes.Forget(data);
    }

    public override void OnEnd(Activity data)
    {
        switch (data.Source.Name)
        {
            case "System.Net.Http" when Uri.TryCreate(data.GetTagItem("url.full") as string, UriKind.Absolute, out var uri):
                DescribeCall(data, uri.AbsolutePath);
                break;
            case "Npgsql":
                // The whole connection string, in every span.
                data.SetTag("db.npgsql.data_source", null);
                if (data.GetTagItem("db.query.text") is string statement) data.DisplayName = Summary(statement);
                break;
        }
    }

    private static void DescribeCall(Activity span, string path)
    {
        if (span.Parent is null && Probes.Are(path)) Probes.Forget(span);
        var grpc = path.StartsWith("/jiceng.", StringComparison.Ordinal) || path.StartsWith("/grpc.", StringComparison.Ordinal);
        if (!grpc || RpcName.Of(path) is not { } name) return;
        span.SetTag("rpc.system", "grpc");
        name.Give(span);
    }

    /// <summary>The verb and the first table: <c>SELECT grid_case</c>.</summary>
    private static string Summary(string statement)
    {
        var verb = Verb().Match(statement).Groups[1].Value.ToUpperInvariant();
        var table = FirstTable().Match(statement);
        return table.Success ? $"{verb} {table.Groups[1].Value}" : verb;
    }

    [GeneratedRegex(@"^\s*(\w+)")]
    private static partial Regex Verb();

    [GeneratedRegex(@"\b(?:FROM|INTO|UPDATE)\s+([a-z_]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FirstTable();
}

/// <summary>Service and method of a gRPC call, from its path.</summary>
internal sealed record RpcName(string Service, string Method)
{
    public static RpcName? Of(string path) =>
        path.TrimStart('/').Split('/') is [{ Length: > 0 } service, { Length: > 0 } method] ? new RpcName(service, method) : null;

    public void Give(Activity span)
    {
        span.DisplayName = $"{Service}/{Method}";
        span.SetTag("rpc.service", Service);
        span.SetTag("rpc.method", Method);
    }
}
