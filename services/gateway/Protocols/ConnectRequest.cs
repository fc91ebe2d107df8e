using Jiceng.Domain;
using Jiceng.Gateway.Json;

namespace Jiceng.Gateway.Protocols;

/// <summary>The body of a Connect call as gRPC has it.</summary>
internal sealed class ConnectRequest(ConnectCall call, Stream body) : TranslatedRequest
{
    private const int FirstRoom = 16 * 1024;
    private readonly byte[] _prefix = new byte[GrpcFrames.PrefixBytes];
    private bool _read;

    protected override async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellationToken)
    {
        if (call.Problem is { } problem) throw problem;
        if (call.IsStream) return await NextEnvelopeAsync(cancellationToken);
        if (_read) return default;
        _read = true;
        var whole = await ReadAsync(call.Limits.RequestBytes, cancellationToken);
        if (whole.Length > call.Limits.RequestBytes) throw call.Limits.TooLarge();
        return call.ToFrame(whole, call.IsCompressed && whole.Length > 0);
    }

    private async ValueTask<ReadOnlyMemory<byte>> NextEnvelopeAsync(CancellationToken cancellationToken)
    {
        var count = await body.ReadAtLeastAsync(_prefix, _prefix.Length, throwOnEndOfStream: false, cancellationToken);
        if (count == 0) return default;
        if (count < _prefix.Length) throw Broken();
        var isCompressed = _prefix[0] == GrpcFrames.Compressed;
        if (_prefix[0] != 0 && !(isCompressed && call.IsCompressed)) throw Broken();
        var length = GrpcFrames.LengthIn(_prefix);
        if (length > call.Limits.RequestBytes) throw call.Limits.TooLarge();
        var message = await ReadAsync(length, cancellationToken, exactly: true);
        return message.Length == length ? call.ToFrame(message, isCompressed) : throw Broken();
    }

    /// <summary>Up to so many bytes and, unless exactly so many are meant, one more: room is made as they come, since a length may lie.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(int most, CancellationToken cancellationToken, bool exactly = false)
    {
        var limit = exactly ? most : most + 1;
        var buffer = new ByteBuffer(Math.Min(limit, FirstRoom));
        while (buffer.Length < limit)
        {
            var room = buffer.GetMemory();
            var count = await body.ReadAsync(room[..Math.Min(room.Length, limit - buffer.Length)], cancellationToken);
            if (count == 0) break;
            buffer.Advance(count);
        }

        return buffer.WrittenMemory;
    }

    private static ApiException Broken() => GatewayErrors.RequestBroken.With();
}
