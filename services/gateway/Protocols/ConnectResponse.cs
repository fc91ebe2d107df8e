using System.IO.Compression;
using Grpc.Core;
using Jiceng.Gateway.Json;

namespace Jiceng.Gateway.Protocols;

/// <summary>The response of a unary Connect call: its HTTP status is known only once the whole response is.</summary>
internal sealed class ConnectResponse(ConnectCall call, HttpContext context) : TranslatedResponse(context)
{
    private readonly GrpcFrames _frames = new();

    protected override ValueTask ConvertAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        _frames.Append(body.Span);
        return ValueTask.CompletedTask;
    }

    protected override Task FlushConvertedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void SetStreamHeaders(IHeaderDictionary headers) => throw new NotSupportedException();

    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        var status = GrpcStatus.In(Trailers);
        var headers = Response.Headers;
        RemoveGrpc(headers);
        foreach (var (name, value) in Trailers)
        {
            if (!GrpcStatus.IsField(name)) headers[$"trailer-{name}"] = value;
        }

        var body = new ByteBuffer(1024);
        if (status.Code == StatusCode.OK)
        {
            call.WriteAnswer(_frames.Next() ?? throw new InvalidDataException("The service answered OK without a message."), body);
            Response.StatusCode = StatusCodes.Status200OK;
            headers.ContentType = call.ContentType;
        }
        else
        {
            ConnectError.Write(status, body);
            Response.StatusCode = ConnectError.HttpStatusOf(status.Code);
            headers.ContentType = "application/json";
        }

        var content = body.WrittenMemory;
        if (call.AcceptsGzip && content.Length >= Compression.WorthIt)
        {
            content = Compression.Gzip(content);
            headers.ContentEncoding = "gzip";
        }

        headers.ContentLength = content.Length;
        await Wire.WriteAsync(content, cancellationToken);
    }
}

/// <summary>The response of a streaming Connect call: messages in envelopes, the last of which holds the status.</summary>
internal sealed class ConnectStreamResponse(ConnectCall call, HttpContext context) : TranslatedResponse(context)
{
    private const byte EndFlag = 2;
    private readonly GrpcFrames _frames = new();

    protected override async ValueTask ConvertAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        BeginStream();
        _frames.Append(body.Span);
        while (_frames.Next() is { } message)
        {
            var envelope = GrpcFrames.Open(message.Length);
            call.WriteAnswer(message, envelope);
            await SendAsync(envelope, 0, cancellationToken);
        }
    }

    protected override Task FlushConvertedAsync(CancellationToken cancellationToken)
    {
        BeginStream();
        return Wire.FlushAsync(cancellationToken);
    }

    protected override void SetStreamHeaders(IHeaderDictionary headers)
    {
        RemoveGrpc(headers);
        headers.ContentType = call.ContentType;
        if (call.AcceptsGzip) headers["Connect-Content-Encoding"] = "gzip";
    }

    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        BeginStream();
        var envelope = GrpcFrames.Open(256);
        ConnectError.WriteEnd(GrpcStatus.In(Trailers), Trailers, envelope);
        await SendAsync(envelope, EndFlag, cancellationToken);
        await Wire.FlushAsync(cancellationToken);
    }

    private ValueTask SendAsync(ByteBuffer envelope, byte flag, CancellationToken cancellationToken)
    {
        if (!call.AcceptsGzip || envelope.Length - GrpcFrames.PrefixBytes < Compression.WorthIt)
            return Wire.WriteAsync(GrpcFrames.Close(envelope, flag), cancellationToken);
        var zipped = Compression.Gzip(envelope.WrittenMemory[GrpcFrames.PrefixBytes..]);
        var smaller = GrpcFrames.Open(zipped.Length);
        zipped.Span.CopyTo(smaller.GetSpan(zipped.Length));
        smaller.Advance(zipped.Length);
        return Wire.WriteAsync(GrpcFrames.Close(smaller, (byte)(flag | GrpcFrames.Compressed)), cancellationToken);
    }
}

/// <summary>gzip for callers that read it.</summary>
internal static class Compression
{
    /// <summary>Below it, less is saved than a packet.</summary>
    public const int WorthIt = 1024;

    public static ReadOnlyMemory<byte> Gzip(ReadOnlyMemory<byte> plain)
    {
        var zipped = new MemoryStream(plain.Length / 4);
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(plain.Span);
        return zipped.GetBuffer().AsMemory(0, (int)zipped.Length);
    }
}
