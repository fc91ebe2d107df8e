using System.Buffers.Binary;
using System.Globalization;
using Jiceng.Domain;
using Jiceng.Gateway.Routing;

namespace Jiceng.Gateway.Limits;

/// <summary>
/// Refuses a response that is too large instead of filling the caller's memory with it. Its first bytes contain its size, before anything is
/// sent. Streams may be of any length.
/// </summary>
internal sealed class ResponseSizeMiddleware(RequestDelegate next, GatewayLimits limits)
{
    private readonly ApiException _tooLarge =
        GatewayErrors.ResponseTooLarge.With(("limit", limits.ResponseBytes.ToString(CultureInfo.InvariantCulture)));

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<ContractMethod>() is not { } method || method.Class.IsLongLived())
        {
            await next(context);
            return;
        }

        var whole = context.Response.Body;
        context.Response.Body = new SizeLimitedStream(whole, limits.ResponseBytes, _tooLarge);
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = whole;
        }
    }

    private sealed class SizeLimitedStream(Stream inner, int most, ApiException tooLarge) : ForwardOnlyStream
    {
        /// <summary>A flag and the length of the message stand in front of it.</summary>
        private const int PrefixBytes = 5;
        private long _passed;

        public override bool CanWrite => true;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count(buffer.Span);
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count)
        {
            Count(buffer.AsSpan(offset, count));
            inner.Write(buffer, offset, count);
        }

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        private void Count(ReadOnlySpan<byte> bytes)
        {
            if (_passed == 0 && bytes.Length >= PrefixBytes && BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]) > most) throw tooLarge;
            _passed += bytes.Length;
            if (_passed > (long)most + PrefixBytes) throw tooLarge;
        }
    }
}
