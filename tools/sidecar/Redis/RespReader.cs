using System.Globalization;
using System.Text;

namespace Jiceng.Sidecar.Redis;

/// <summary>An answer of Redis: a text or bytes, a number (as text), a list, nothing, or an error.</summary>
internal sealed record RespValue(byte[]? Bytes = null, IReadOnlyList<RespValue>? Items = null, string? Error = null)
{
    public bool IsNull => Bytes is null && Items is null && Error is null;

    public string Text => Bytes is null ? "" : Encoding.UTF8.GetString(Bytes);

    public long Number => long.Parse(Text, CultureInfo.InvariantCulture);
}

/// <summary>Reads RESP2 answers from a stream.</summary>
internal sealed class RespReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    public async ValueTask<RespValue> ReadAsync()
    {
        var line = await ReadLineAsync();
        if (line.Length == 0) throw new IOException("Redis sent an empty line where an answer starts");
        var rest = line[1..];
        switch (line[0])
        {
            case '+' or ':':
                return new RespValue(Encoding.UTF8.GetBytes(rest));
            case '-':
                return new RespValue(Error: rest);
            case '$':
                var length = int.Parse(rest, CultureInfo.InvariantCulture);
                return length < 0 ? new RespValue() : new RespValue(await ReadBytesAsync(length));
            case '*':
                var count = int.Parse(rest, CultureInfo.InvariantCulture);
                if (count < 0) return new RespValue();
                var items = new RespValue[count];
                for (var i = 0; i < count; i++) items[i] = await ReadAsync();
                return new RespValue(Items: items);
            default:
                throw new IOException($"Redis sent an answer of unknown kind '{line[0]}'");
        }
    }

    private async ValueTask<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end) await FillAsync();
            var feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var taken = feed < 0 ? _end - _start : feed + 1;
            line.Append(Encoding.UTF8.GetString(_buffer, _start, taken));
            _start += taken;
            if (feed >= 0) return line.ToString().TrimEnd('\r', '\n');
        }
    }

    private async ValueTask<byte[]> ReadBytesAsync(int length)
    {
        var bytes = new byte[length];
        var buffered = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(bytes);
        _start += buffered;
        await stream.ReadExactlyAsync(bytes.AsMemory(buffered));
        await ReadLineAsync();
        return bytes;
    }

    private async ValueTask FillAsync()
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer);
        if (_end == 0) throw new IOException("Redis closed the connection");
    }
}
