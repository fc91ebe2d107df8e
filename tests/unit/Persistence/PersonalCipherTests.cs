using System.Security.Cryptography;
using Jiceng.Persistence;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Persistence;

public sealed class PersonalCipherTests
{
    private static readonly string OldKey = Key(1);
    private static readonly string NewKey = Key(2);

    [Fact]
    public void Decrypt_WhatWasEncrypted_IsTheValue()
    {
        var cipher = Cipher(("Keys:a", OldKey), ("CurrentKey", "a"));

        cipher.Decrypt(cipher.Encrypt("13812341234 张", "person.phone"), "person.phone").ShouldBe("13812341234 张");
        cipher.Decrypt(cipher.Encrypt("", "p"), "p").ShouldBe("");
    }

    [Fact]
    public void Encrypt_SameValueTwice_GivesOtherBytes()
    {
        var cipher = Cipher(("Keys:a", OldKey), ("CurrentKey", "a"));

        cipher.Encrypt("x", "p").ShouldNotBe(cipher.Encrypt("x", "p"));
    }

    [Fact]
    public void Decrypt_AfterRotation_ReadsOldAndNew()
    {
        var old = Cipher(("Keys:a", OldKey), ("CurrentKey", "a"));
        var rotated = Cipher(("Keys:a", OldKey), ("Keys:b", NewKey), ("CurrentKey", "b"));
        var retired = Cipher(("Keys:b", NewKey), ("CurrentKey", "b"));

        rotated.Decrypt(old.Encrypt("x", "p"), "p").ShouldBe("x");
        retired.Decrypt(rotated.Encrypt("y", "p"), "p").ShouldBe("y");
        Should.Throw<CryptographicException>(() => retired.Decrypt(old.Encrypt("x", "p"), "p")).Message.ShouldContain("Personal:Keys");
    }

    [Fact]
    public void Decrypt_OtherPurpose_Throws()
    {
        var cipher = Cipher(("Keys:a", OldKey), ("CurrentKey", "a"));

        Should.Throw<CryptographicException>(() => cipher.Decrypt(cipher.Encrypt("x", "person.phone"), "person.resident_id"));
    }

    [Fact]
    public void Decrypt_AnyByteAltered_Throws()
    {
        // Both ids name the same key: the id itself has to be bound too.
        var cipher = Cipher(("Keys:a", OldKey), ("Keys:`", OldKey), ("CurrentKey", "a"));
        var good = cipher.Encrypt("140224199001011234", "p");
        for (var i = 0; i < good.Length; i++)
        {
            var altered = (byte[])good.Clone();
            altered[i] ^= 1;
            Should.Throw<CryptographicException>(() => cipher.Decrypt(altered, "p"), $"byte {i}");
            Should.Throw<CryptographicException>(() => cipher.Decrypt(good.AsSpan(0, i), "p"), $"cut at {i}");
        }
    }

    [Fact]
    public void SearchHash_SameValue_IsSameForThePurposeAndKeyOnly()
    {
        var cipher = Cipher(("Keys:a", OldKey), ("CurrentKey", "a"));
        var other = Cipher(("Keys:a", OldKey), ("CurrentKey", "a"), ("HashKey", Key(9)));

        cipher.SearchHash("x", "p").ShouldBe(cipher.SearchHash("x", "p"));
        cipher.SearchHash("x", "p").ShouldNotBe(cipher.SearchHash("x", "q"));
        cipher.SearchHash("x", "p").ShouldNotBe(other.SearchHash("x", "p"));
    }

    [Theory]
    [InlineData("Keys:a", "c2hvcnQ=", "Personal:Keys:a has to be")]
    [InlineData("Keys:a", "not base64", "Personal:Keys:a has to be")]
    [InlineData("HashKey", null, "Personal:HashKey has to be")]
    [InlineData("CurrentKey", "b", "'b', which is not in Personal:Keys")]
    [InlineData("CurrentKey", null, "Personal:CurrentKey is not set")]
    public void New_WrongSetting_NamesItAndNotItsValue(string setting, string? value, string expected)
    {
        var message = Should.Throw<InvalidOperationException>(() => Cipher(("Keys:a", OldKey), ("CurrentKey", "a"), (setting, value))).Message;

        message.ShouldContain(expected);
        if (setting != "CurrentKey" && value is not null) message.ShouldNotContain(value);
    }

    [Fact]
    public void Masking_PhoneAndResidentId_HideTheMiddle()
    {
        Masking.Phone("13812341234").ShouldBe("138****1234");
        Masking.Phone("1234567").ShouldBe("*******");
        Masking.ResidentId("14022419900101123X").ShouldBe("1402*************X");
        Masking.ResidentId("").ShouldBe("");
    }

    private static string Key(byte fill) => Convert.ToBase64String(Enumerable.Repeat(fill, 32).ToArray());

    private static PersonalCipher Cipher(params (string Name, string? Value)[] settings)
    {
        var values = new Dictionary<string, string?> { ["Personal:HashKey"] = Key(3) };
        foreach (var (name, value) in settings) values[$"Personal:{name}"] = value;
        return new PersonalCipher(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
    }
}
