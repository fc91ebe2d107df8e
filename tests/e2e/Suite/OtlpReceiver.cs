using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Jiceng.TestSupport;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>A span as it was exported.</summary>
internal sealed record Span(string TraceId, string SpanId, string ParentId, string Service, string Name);

/// <summary>Takes spans as an OpenTelemetry collector does, over OTLP/HTTP with protobuf, and keeps them.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _loop;

    public OtlpReceiver()
    {
        Address = $"http://127.0.0.1:{FreePort.Take()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _loop = LoopAsync();
    }

    public string Address { get; }

    public ConcurrentBag<Span> Spans { get; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            if (context.Request.Url?.AbsolutePath == "/v1/traces")
                ReadRequest(body.ToArray());
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }

    // The field numbers are those of opentelemetry/proto/collector/trace/v1 and trace/v1.
    private void ReadRequest(byte[] request)
    {
        foreach (var resourceSpans in Messages(request, 1))
        {
            var service = Messages(resourceSpans, 1).SelectMany(resource => Messages(resource, 1))
                .Where(attribute => Text(attribute, 1) == "service.name")
                .Select(attribute => Text(Messages(attribute, 2).Single(), 1)).FirstOrDefault() ?? "";
            foreach (var span in Messages(resourceSpans, 2).SelectMany(scope => Messages(scope, 2)))
                Spans.Add(new Span(Hex(span, 1), Hex(span, 2), Hex(span, 4), service, Text(span, 5)));
        }
    }

    private static string Hex(byte[] message, int field) => Convert.ToHexStringLower(Messages(message, field).FirstOrDefault() ?? []);

    private static string Text(byte[] message, int field) => System.Text.Encoding.UTF8.GetString(Messages(message, field).FirstOrDefault() ?? []);

    private static List<byte[]> Messages(byte[] message, int field)
    {
        var found = new List<byte[]>();
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }
}
