using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Jiceng.Gateway.Protocols;

/// <summary>
/// The body of a call in the framing of gRPC. It is converted while it is read, which is after authentication and within the limits.
/// </summary>
internal abstract class TranslatedRequest : ForwardOnlyStream, IRequestBodyPipeFeature, IHttpRequestBodyDetectionFeature
{
    private ReadOnlyMemory<byte> _rest;
    private PipeReader? _reader;

    public PipeReader Reader => _reader ??= PipeReader.Create(this, new StreamPipeReaderOptions(bufferSize: 16 * 1024));

    /// <summary>A Connect call without a byte is an empty message.</summary>
    public bool CanHaveBody => true;

    public override bool CanRead => true;

    public void Attach(HttpContext context)
    {
        context.Features.Set<IRequestBodyPipeFeature>(this);
        context.Features.Set<IHttpRequestBodyDetectionFeature>(this);
        // The one reader for both, since it may hold what was looked at and not taken.
        context.Request.Body = Reader.AsStream();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty) _rest = await NextAsync(cancellationToken);
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The next bytes; none at the end.</summary>
    protected abstract ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellationToken);
}
