using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Jiceng.Gateway.Json;
using Microsoft.AspNetCore.Http.Features;

namespace Jiceng.Gateway.Protocols;

/// <summary>A call by gRPC-Web: gRPC with its trailers in a last frame of the body, and as base64 where the caller asks for text.</summary>
/// <param name="IsText">Whether the bodies are base64.</param>
// Grpc.AspNetCore.Web cannot do this: its response body feature has no Stream, which YARP writes to.
internal sealed record GrpcWebCall(bool IsText)
{
    private const string Binary = "application/grpc-web";
    private const string Text = "application/grpc-web-text";

    public static GrpcWebCall? Of(string contentType) => MediaType.Of(contentType) switch
    {
        Binary or $"{Binary}+proto" => new GrpcWebCall(IsText: false),
        Text or $"{Text}+proto" => new GrpcWebCall(IsText: true),
        _ => null,
    };

    public TranslatedResponse Attach(HttpContext context)
    {
        if (IsText) new TextRequest(context.Request.Body).Attach(context);
        return new GrpcWebResponse(context, IsText);
    }

    private sealed class GrpcWebResponse(HttpContext context, bool text) : TranslatedResponse(context)
    {
        private const byte TrailersFlag = 0x80;

        protected override ValueTask ConvertAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        {
            BeginStream();
            return SendAsync(body, cancellationToken);
        }

        protected override Task FlushConvertedAsync(CancellationToken cancellationToken)
        {
            BeginStream();
            return Wire.FlushAsync(cancellationToken);
        }

        protected override void SetStreamHeaders(IHeaderDictionary headers) => headers.ContentType = text ? $"{Text}+proto" : $"{Binary}+proto";

        protected override async Task EndAsync(CancellationToken cancellationToken)
        {
            BeginStream();
            var frame = GrpcFrames.Open(256);
            foreach (var (name, values) in Trailers)
            {
                foreach (var value in values)
                {
                    var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name.ToLowerInvariant()}: {value}\r\n"));
                    line.CopyTo(frame.GetSpan(line.Length));
                    frame.Advance(line.Length);
                }
            }

            await SendAsync(GrpcFrames.Close(frame, TrailersFlag), cancellationToken);
            await Wire.FlushAsync(cancellationToken);
        }

        private ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            if (!text) return Wire.WriteAsync(bytes, cancellationToken);
            // Each piece is base64 of its own, with padding: the caller need not wait for the next to read it.
            var encoded = new byte[Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
            Base64.EncodeToUtf8(bytes.Span, encoded, out _, out _);
            return Wire.WriteAsync(encoded, cancellationToken);
        }
    }

    /// <summary>Base64 that may end by padding and begin again, as often as the caller had something to send.</summary>
    private sealed class TextRequest(Stream body) : TranslatedRequest
    {
        private const int Quantum = 4;
        private readonly byte[] _received = new byte[8192];
        private int _count;

        protected override async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellationToken)
        {
            while (_count < Quantum)
            {
                var read = await body.ReadAsync(_received.AsMemory(_count), cancellationToken);
                if (read == 0) return _count == 0 ? default : throw GatewayErrors.RequestBroken.With();
                _count += read;
            }

            var decoded = new ByteBuffer(_received.Length);
            var whole = _count / Quantum * Quantum;
            for (var start = 0; start < whole;)
            {
                // Up to the padding, if there is any.
                var padding = _received.AsSpan(start, whole - start).IndexOf((byte)'=');
                var end = padding < 0 ? whole : start + (padding / Quantum + 1) * Quantum;
                if (Base64.DecodeFromUtf8(_received.AsSpan(start, end - start), decoded.GetSpan(end - start), out _, out var written) != System.Buffers.OperationStatus.Done)
                    throw GatewayErrors.RequestBroken.With();
                decoded.Advance(written);
                start = end;
            }

            _received.AsSpan(whole, _count - whole).CopyTo(_received);
            _count -= whole;
            return decoded.WrittenMemory;
        }
    }
}
