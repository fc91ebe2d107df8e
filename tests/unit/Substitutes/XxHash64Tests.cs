using System.IO.Hashing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Substitutes;

/// <summary>The published test vectors of the xxHash project.</summary>
public sealed class XxHash64Tests
{
    private const ulong Prime32 = 2654435761;
    private const ulong Prime64 = 11400714785074694797;

    [Theory]
    [InlineData(0, 0, 0xEF46DB3751D8E999)]
    [InlineData(0, Prime32, 0xAC75FDA2929B17EF)]
    [InlineData(1, 0, 0xE934A84ADB052768)]
    [InlineData(1, Prime32, 0x5014607643A9B4C3)]
    [InlineData(4, 0, 0x9136A0DCA57457EE)]
    [InlineData(14, 0, 0x8282DCC4994E35C8)]
    [InlineData(14, Prime32, 0xC3BD6BF63DEB6DF0)]
    [InlineData(222, 0, 0xB641AE8CB691C174)]
    [InlineData(222, Prime32, 0x20CB8AB7AE10C14A)]
    public void HashToUInt64_OfThePublishedBuffer_IsThePublishedValue(int length, ulong seed, ulong expected) =>
        XxHash64.HashToUInt64(Buffer(length), (long)seed).ShouldBe(expected);

    [Fact]
    public void Hash_IsMostSignificantByteFirst() =>
        Convert.ToHexString(XxHash64.Hash("abc"u8.ToArray())).ShouldBe("44BC2CF5AD770999");

    private static byte[] Buffer(int length)
    {
        var state = Prime32;
        var buffer = new byte[length];
        for (var i = 0; i < length; i++)
        {
            buffer[i] = (byte)(state >> 56);
            state = unchecked(state * Prime64);
        }

        return buffer;
    }
}
