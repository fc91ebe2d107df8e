using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace Jiceng.TestSupport;

/// <summary>One exported span. Kind is internal, server, client, producer or consumer.</summary>
public sealed record ExportedSpan(
    string Service,
    string Source,
    string TraceId,
    string SpanId,
    string ParentId,
    string Name,
    string Kind,
    bool IsError,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<(string TraceId, string SpanId)> Links);

/// <summary>One exported metric, without its values.</summary>
public sealed record ExportedMetric(string Service, string Meter, string Name, string Unit, string Description, string Kind);

/// <summary>Receives OTLP over HTTP, for tests of traces and metrics.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly string[] Kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<ExportedSpan> _spans = new();
    private readonly ConcurrentDictionary<ExportedMetric, bool> _metrics = new();
    private readonly ConcurrentQueue<string> _bodies = new();
    private readonly Task _loop;

    public OtlpReceiver()
    {
        Address = new Uri($"http://127.0.0.1:{FreePort.Take()}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _loop = ReceiveAsync();
    }

    public Uri Address { get; }

    public IReadOnlyCollection<ExportedSpan> Spans => _spans;

    public IReadOnlyCollection<ExportedMetric> Metrics => [.. _metrics.Keys];

    /// <summary>Settings, also as environment variables, of a service that exports here shortly after each span.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    /// <summary>Whether the exported data contains the text, for tests of forbidden content.</summary>
    public bool Received(string text) => _bodies.Any(body => body.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits for a span that satisfies the condition.</summary>
    public async Task<ExportedSpan> WaitForAsync(Func<ExportedSpan, bool> condition, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(90));
        while (true)
        {
            if (_spans.FirstOrDefault(condition) is { } found) return found;
            if (deadline.IsCancellationRequested)
                throw new TimeoutException($"the span was not exported; received:\n{string.Join('\n', _spans.Select(s => $"{s.Service} {s.Source} {s.Kind} {s.Name} {string.Join(',', s.Tags)}"))}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }

    private async Task ReceiveAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var bytes = body.ToArray();
            _bodies.Enqueue(Encoding.UTF8.GetString(bytes));
            var request = new ProtobufFields(bytes);
            switch (context.Request.Url?.AbsolutePath)
            {
                case "/v1/traces": TakeSpans(request); break;
                case "/v1/metrics": TakeMetrics(request); break;
            }

            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }

    private void TakeSpans(ProtobufFields request)
    {
        foreach (var resource in request.Messages(1))
            foreach (var scope in resource.Messages(2))
                foreach (var span in scope.Messages(2))
                {
                    _spans.Enqueue(new ExportedSpan(
                        ServiceOf(resource),
                        scope.Messages(1).First().Text(1),
                        span.Hex(1),
                        span.Hex(2),
                        span.Hex(4),
                        span.Text(5),
                        Kinds[(int)(span.Number(6) ?? 0)],
                        span.Messages(15).Any(status => status.Number(3) == 2),
                        Tags(span, 9),
                        [.. span.Messages(13).Select(link => (link.Hex(1), link.Hex(2)))]));
                }
    }

    private void TakeMetrics(ProtobufFields request)
    {
        foreach (var resource in request.Messages(1))
            foreach (var scope in resource.Messages(2))
                foreach (var metric in scope.Messages(2))
                {
                    var kind = metric.Has(5) ? "gauge" : metric.Has(7) ? "sum" : "histogram";
                    _metrics.TryAdd(new ExportedMetric(ServiceOf(resource), scope.Messages(1).First().Text(1), metric.Text(1), metric.Text(3), metric.Text(2), kind), true);
                }
    }

    private static string ServiceOf(ProtobufFields resource) =>
        resource.Messages(1).Select(r => Tags(r, 1)).First().GetValueOrDefault("service.name", "");

    private static Dictionary<string, string> Tags(ProtobufFields message, int number)
    {
        var tags = new Dictionary<string, string>();
        foreach (var pair in message.Messages(number))
        {
            var value = pair.Messages(2).FirstOrDefault();
            tags[pair.Text(1)] = value is null ? ""
                : value.Number(3) is { } whole ? ((long)whole).ToString(CultureInfo.InvariantCulture)
                : value.Number(2) is { } flag ? (flag == 1 ? "true" : "false")
                : value.Text(1);
        }

        return tags;
    }
}
