using System.Text;

namespace Jiceng.Bench.Load;

/// <summary>HPACK header blocks of literals: without a dynamic table, one block serves every call.</summary>
internal static class HeaderBlock
{
    private const int TextBits = 7;

    /// <summary>Encodes each header as a literal.</summary>
    public static byte[] Of(params (string Name, string Value)[] headers)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            block.WriteByte(0);
            Write(block, name);
            Write(block, value);
        }

        return block.ToArray();
    }

    /// <summary>
    /// The value of a header, empty when absent. Assumes a peer with a table size of 0; names from the static table (<c>content-type</c>)
    /// are not found.
    /// </summary>
    /// <exception cref="InvalidDataException">The block uses an encoding that Kestrel does not use, or is truncated.</exception>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name)
    {
        while (block.Length > 0)
        {
            var first = block[0];
            if ((first & 0x80) != 0)
            {
                // Indexed header field.
                Number(ref block, 7);
            }
            else if ((first & 0xE0) == 0x20)
            {
                // Dynamic table size update.
                Number(ref block, 5);
            }
            else
            {
                var named = Number(ref block, (first & 0x40) != 0 ? 6 : 4) == 0 && Text(ref block).SequenceEqual(name);
                var value = Text(ref block);
                if (named) return value;
            }
        }

        return default;
    }

    private static ReadOnlySpan<byte> Text(scoped ref ReadOnlySpan<byte> block)
    {
        if (block.Length > 0 && (block[0] & 0x80) != 0) throw new InvalidDataException("The text of a header is Huffman-coded, which Kestrel does not use.");
        var length = Number(ref block, TextBits);
        if (length > block.Length) throw new InvalidDataException("A header is truncated.");
        var text = block[..length];
        block = block[length..];
        return text;
    }

    private static int Number(scoped ref ReadOnlySpan<byte> block, int bits)
    {
        var most = (1 << bits) - 1;
        if (block.Length == 0) throw new InvalidDataException("A header is truncated.");
        var number = block[0] & most;
        var at = 1;
        if (number == most)
        {
            for (var shift = 0; ; shift += 7)
            {
                if (at == block.Length || shift > 21) throw new InvalidDataException("An integer in a header is too long.");
                number += (block[at] & 127) << shift;
                if (block[at++] < 128) break;
            }
        }

        block = block[at..];
        return number;
    }

    private static void Write(MemoryStream block, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        const int PrefixMax = (1 << TextBits) - 1;
        if (bytes.Length < PrefixMax)
        {
            block.WriteByte((byte)bytes.Length);
        }
        else
        {
            block.WriteByte(PrefixMax);
            var rest = bytes.Length - PrefixMax;
            for (; rest >= 128; rest >>= 7) block.WriteByte((byte)(rest | 128));
            block.WriteByte((byte)rest);
        }

        block.Write(bytes);
    }
}
