using System.IO.Pipelines;
using Jiceng.Gateway.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace Jiceng.Gateway.Protocols;

/// <summary>
/// Converts a gRPC response - a body of messages, then trailers - to the protocol of the caller. It replaces the body, the trailers and the
/// reset of the response, which HTTP/1.1 does not have.
/// </summary>
internal abstract class TranslatedResponse(HttpContext context) : ForwardOnlyStream, IHttpResponseBodyFeature, IHttpResponseTrailersFeature, IHttpResetFeature
{
    private readonly IHttpResponseBodyFeature _outer = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
    private readonly IHttpResetFeature? _outerReset = context.Features.Get<IHttpResetFeature>();
    private PipeWriter? _writer;
    private bool _begun;

    public IHeaderDictionary Trailers { get; set; } = new HeaderDictionary();

    public PipeWriter Writer => _writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    Stream IHttpResponseBodyFeature.Stream => this;

    public override bool CanWrite => true;

    protected HttpResponse Response => context.Response;

    /// <summary>What goes to the caller.</summary>
    protected Stream Wire => _outer.Stream;

    /// <summary>Replaces the features of the response.</summary>
    public void Attach()
    {
        context.Features.Set<IHttpResponseBodyFeature>(this);
        context.Features.Set<IHttpResponseTrailersFeature>(this);
        context.Features.Set<IHttpResetFeature>(this);
    }

    /// <summary>Restores the features that end the response. The trailers stay: the span of the call reads its status from them.</summary>
    public void Detach()
    {
        context.Features.Set(_outer);
        context.Features.Set(_outerReset);
    }

    /// <summary>Writes how the call ended, after everything else.</summary>
    public async Task FinishAsync()
    {
        if (context.RequestAborted.IsCancellationRequested) return;
        if (_writer is not null) await _writer.FlushAsync(context.RequestAborted);
        GrpcStatus.Move(Response.Headers, Trailers);
        await EndAsync(context.RequestAborted);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ConvertAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ConvertAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => FlushConvertedAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken = default) => FlushConvertedAsync(cancellationToken);

    /// <summary>Only the end of the call is the end of the answer.</summary>
    public Task CompleteAsync() => Task.CompletedTask;

    public void DisableBuffering() => _outer.DisableBuffering();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public void Reset(int errorCode)
    {
        if (_outerReset is null) context.Abort();
        else _outerReset.Reset(errorCode);
    }

    /// <summary>Converts the next bytes of the body, which end anywhere.</summary>
    protected abstract ValueTask ConvertAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>Sends the converted part to the caller.</summary>
    protected abstract Task FlushConvertedAsync(CancellationToken cancellationToken);

    /// <summary>Sets the headers before the first byte of a stream; the HTTP status is always 200, since the last frame carries the result.</summary>
    protected abstract void SetStreamHeaders(IHeaderDictionary headers);

    protected abstract Task EndAsync(CancellationToken cancellationToken);

    /// <summary>Once, before anything is written of an answer that goes out while it comes in.</summary>
    protected void BeginStream()
    {
        if (_begun) return;
        _begun = true;
        GrpcStatus.Move(Response.Headers, Trailers);
        Response.StatusCode = StatusCodes.Status200OK;
        Response.Headers.ContentLength = null;
        SetStreamHeaders(Response.Headers);
    }

    protected static void RemoveGrpc(IHeaderDictionary headers)
    {
        headers.Remove("grpc-encoding");
        headers.Remove("grpc-accept-encoding");
    }
}
