using System.Text;
using Jiceng.Bench.Load;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Bench;

public sealed class HeaderBlockTests
{
    [Fact]
    public void Of_ShortAndLongValues_WritesLiterals()
    {
        HeaderBlock.Of(("te", "trailers")).ShouldBe([0, 2, .. "te"u8, 8, .. "trailers"u8]);
        // 127 fills the prefix of the length; the rest follows in groups of seven bits.
        HeaderBlock.Of(("a", new string('x', 127)))[..6].ShouldBe([0, 1, (byte)'a', 127, 0, (byte)'x']);
        HeaderBlock.Of(("a", new string('x', 900)))[..6].ShouldBe([0, 1, (byte)'a', 127, 0x85, 6]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(255)]
    [InlineData(20_000)]
    public void Find_ValueOfAnyLength_RoundTrips(int length)
    {
        var value = new string('x', length);
        var block = HeaderBlock.Of(("first", "1"), ("grpc-message", value), ("grpc-status", "8"));
        Text(HeaderBlock.Find(block, "grpc-message"u8)).ShouldBe(value);
        Text(HeaderBlock.Find(block, "grpc-status"u8)).ShouldBe("8");
        HeaderBlock.Find(block, "grpc"u8).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Find_IndexedHeadersAndNames_AreSkipped()
    {
        // Table size 0; ":status: 200"; "content-type" by its index, 31; "server" by 54, with indexing.
        byte[] before = [0x20, 0x88, 0x0F, 16, 2, .. "ab"u8, 0x76, 1, .. "k"u8];
        Text(HeaderBlock.Find([.. before, .. HeaderBlock.Of(("grpc-status", "14"))], "grpc-status"u8)).ShouldBe("14");
    }

    [Fact]
    public void Find_HuffmanCodeOrMissingEnd_Throws()
    {
        Should.Throw<InvalidDataException>(() => Text(HeaderBlock.Find([0, 0x81, 0x1F, 1, (byte)'a'], "a"u8)));
        Should.Throw<InvalidDataException>(() => Text(HeaderBlock.Find(HeaderBlock.Of(("grpc-status", "8")).AsSpan()[..^1], "grpc-status"u8)));
        Should.Throw<InvalidDataException>(() => Text(HeaderBlock.Find([0, 127, 0xFF], "a"u8)));
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);
}
