using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Jiceng.Persistence;

/// <summary>Writes many rows at once.</summary>
/// <remarks>Not Npgsql's importer: it awaits each value, which took 42 % of grid's own time in an import (docs/performance.md).</remarks>
public static class Copying
{
    private const int Chunk = 64 * 1024;

    // A signature, no flags, no extension.
    private static readonly byte[] Header = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>
    /// Adds rows to a table by COPY, now and in the transaction: the way to bring in thousands. A row that is there already is an error of
    /// PostgreSQL, so the caller holds a lock that keeps others from making the same.
    /// </summary>
    /// <typeparam name="T">What a row is made of.</typeparam>
    /// <param name="work">The transaction.</param>
    /// <param name="table">The table, a constant of the code.</param>
    /// <param name="columns">Its columns, in the order in which they are written.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="write">Adds the value of each column.</param>
    /// <param name="cancellationToken">Ends it early; the transaction is lost then.</param>
    public static async Task CopyAsync<T>(
        this UnitOfWork work, string table, string[] columns, IEnumerable<T> rows, Action<CopyRow, T> write, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>(2 * Chunk);
        var row = new CopyRow(buffer);
        buffer.Write(Header);
        await using var copy = await work.Connection.BeginRawBinaryCopyAsync(
            $"COPY {table} ({string.Join(", ", columns)}) FROM STDIN (FORMAT BINARY)", cancellationToken);
        try
        {
            foreach (var value in rows)
            {
                row.Begin(columns.Length);
                write(row, value);
                if (buffer.WrittenCount < Chunk) continue;
                await copy.WriteAsync(buffer.WrittenMemory, cancellationToken);
                buffer.ResetWrittenCount();
            }

            row.End();
            await copy.WriteAsync(buffer.WrittenMemory, cancellationToken);
        }
        catch
        {
            // Else disposing would end the COPY as if it were whole, and its complaint would hide the failure.
            await copy.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }
}

/// <summary>The values of a row, one for each column, in PostgreSQL's binary form.</summary>
public sealed class CopyRow
{
    private const int Null = -1;
    private const short Trailer = -1;
    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ArrayBufferWriter<byte> _buffer;

    internal CopyRow(ArrayBufferWriter<byte> buffer) => _buffer = buffer;

    /// <summary>A text.</summary>
    public CopyRow Add(string text)
    {
        var span = _buffer.GetSpan(sizeof(int) + Utf8.GetMaxByteCount(text.Length));
        var length = Utf8.GetBytes(text, span[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        _buffer.Advance(sizeof(int) + length);
        return this;
    }

    /// <summary>A bigint.</summary>
    public CopyRow Add(long number)
    {
        var span = _buffer.GetSpan(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32BigEndian(span, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(span[sizeof(int)..], number);
        _buffer.Advance(sizeof(int) + sizeof(long));
        return this;
    }

    /// <summary>A timestamptz.</summary>
    public CopyRow Add(DateTimeOffset time) => Add((time.UtcTicks - Epoch.Ticks) / TimeSpan.TicksPerMicrosecond);

    /// <summary>No value.</summary>
    public CopyRow AddNull()
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.GetSpan(sizeof(int)), Null);
        _buffer.Advance(sizeof(int));
        return this;
    }

    internal void Begin(int columns) => Write((short)columns);

    internal void End() => Write(Trailer);

    private void Write(short count)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.GetSpan(sizeof(short)), count);
        _buffer.Advance(sizeof(short));
    }
}
