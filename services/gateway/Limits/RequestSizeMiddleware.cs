using System.Buffers.Binary;
using System.IO.Pipelines;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace Jiceng.Gateway.Limits;

/// <summary>
/// Refuses a call with one request as soon as its first bytes say that the message is too large, and counts what comes after, since they
/// may lie. Request streams may be of any length.
/// </summary>
internal sealed class RequestSizeMiddleware(RequestDelegate next)
{
    /// <summary>A flag and the length of the message stand in front of it.</summary>
    private const int PrefixBytes = 5;

    public async Task InvokeAsync(HttpContext context, GatewayLimits limits)
    {
        if (context.Features.Get<ContractMethod>() is not { } method)
        {
            await next(context);
            return;
        }

        var size = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        if (method.Descriptor.IsClientStreaming)
        {
            size.MaxRequestBodySize = null;
        }
        else
        {
            size.MaxRequestBodySize = limits.RequestBytes + PrefixBytes;
            context.Features.Set<IHttpMaxRequestBodySizeFeature>(new FixedRequestBodySize());
            long bytes;
            try
            {
                bytes = await MessageBytesAsync(context.Request.BodyReader, context.RequestAborted);
            }
            catch (IOException gone) when (gone is not BadHttpRequestException)
            {
                // The caller is gone; the read fails a moment before RequestAborted is set.
                context.Abort();
                return;
            }

            if (bytes > limits.RequestBytes)
            {
                await context.WriteErrorAsync(limits.TooLarge());
                return;
            }
        }

        await next(context);
    }

    /// <summary>Length in the message prefix; the body is not consumed.</summary>
    private static async Task<long> MessageBytesAsync(PipeReader body, CancellationToken cancellationToken)
    {
        var read = await body.ReadAtLeastAsync(PrefixBytes, cancellationToken);
        var length = LengthIn(read);
        body.AdvanceTo(read.Buffer.Start);
        return length;
    }

    private static long LengthIn(ReadResult read)
    {
        if (read.Buffer.Length < PrefixBytes) return 0;
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        System.Buffers.BuffersExtensions.CopyTo(read.Buffer.Slice(0, PrefixBytes), prefix);
        return BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
    }

    /// <summary>The proxy removes the server's limit from every gRPC request, which it takes for a stream; this feature ignores that.</summary>
    private sealed class FixedRequestBodySize : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; }
    }
}
