using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Webhooks;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Webhooks;

public sealed class WebhookAddressTests
{
    private static readonly string[] Parts =
        ["https://", "http:", "//", "/", "\\", "@", ":", ".", "%", "#", "?", "[", "]", "0x", "127", "0177", "1", "::1", "ffff", "localhost", "a.example.com", "443", "22", "\t", "\n", " ", "。", "１", "ⓛ", "\0", "%31", "-", "_"];

    [Theory]
    [InlineData("https://a.example.com/hook?x=1&y=%20", "a.example.com")]
    [InlineData("https://a.example.com", "a.example.com")]
    [InlineData("https://A.Example.com:8443/", "a.example.com")]
    [InlineData("https://a.example.com:443/", "a.example.com")]
    [InlineData("https://xn--fsqu00a.xn--fiqs8s/", "xn--fsqu00a.xn--fiqs8s")]
    [InlineData("https://oa-server:9443/", "oa-server")]
    [InlineData("https://1.2.3.4:8443/", "1.2.3.4")]
    [InlineData("https://[2400:3200::1]/", "[2400:3200::1]")]
    public void Parse_PlainAddress_IsTaken(string text, string host) => WebhookAddress.Parse(text, "address", false).Host.ShouldBe(host);

    [Theory]
    [InlineData("a.example.com")]
    [InlineData("//a.example.com/")]
    [InlineData("ftp://a.example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://a.example.com/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https:/a.example.com/")]
    [InlineData("https:///a.example.com/")]
    [InlineData("https://")]
    [InlineData(" https://a.example.com/")]
    [InlineData("https://a.example.com/\r\nHost: b")]
    [InlineData("https://a.example.com/ b")]
    [InlineData("https://user@a.example.com/")]
    [InlineData("https://user:secret@a.example.com/")]
    [InlineData("https://a.example.com@127.0.0.1/")]
    [InlineData("https://127.0.0.1#@a.example.com/")]
    [InlineData("https://a.example.com\\@127.0.0.1/")]
    [InlineData("https:\\\\127.0.0.1/")]
    [InlineData("https://a.example.com/#x")]
    [InlineData("https://a.example.com:22/")]
    [InlineData("https://a.example.com:25/")]
    [InlineData("https://a.example.com:0/")]
    [InlineData("https://a.example.com:65536/")]
    [InlineData("https://a.example.com:/")]
    [InlineData("https://a.example.com:0443/")]
    [InlineData("https://a.example.com:+443/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0x7f.0.0.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://017700000001/")]
    [InlineData("https://127.1/")]
    [InlineData("https://127.0.1/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://127.0.0.01/")]
    [InlineData("https://a.example.com./")]
    [InlineData("https://127.0.0.0x1/")]
    [InlineData("https://256.256.256.256/")]
    [InlineData("https://1.2.3/")]
    [InlineData("https://a.example.123/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[0:0:0:0:0:0:0:1]/")]
    [InlineData("https://[::1%25eth0]/")]
    [InlineData("https://[fe80::1%3]/")]
    [InlineData("https://[::1/")]
    [InlineData("https://::1/")]
    [InlineData("https://%31%32%37.0.0.1/")]
    [InlineData("https://127.0.0.1%00.example.com/")]
    [InlineData("https://１２７.0.0.1/")]
    [InlineData("https://127。0。0。1/")]
    [InlineData("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/")]
    [InlineData("https://例子.中国/")]
    [InlineData("https://a..example.com/")]
    [InlineData("https://-a.example.com/")]
    [InlineData("https://a.example.com,127.0.0.1/")]
    [InlineData("https://*.example.com/")]
    [InlineData("http://a.example.com/")]
    public void Parse_AddressThatCouldBeReadOtherwise_IsRefused(string text) =>
        Should.Throw<ApiException>(() => WebhookAddress.Parse(text, "address", false)).Reason.Reason.ShouldBe("WEBHOOK_ADDRESS_REFUSED");

    [Fact]
    public void Parse_WithoutTls_IsTakenWhereItIsAllowed() => WebhookAddress.Parse("http://a.example.com/", "address", true).Port.ShouldBe(80);

    [Fact]
    public void Parse_TooLong_IsRefused() =>
        Should.Throw<ApiException>(() => WebhookAddress.Parse($"https://a.example.com/{new string('x', 500)}", "address", false)).Reason.Reason.ShouldBe("ARGUMENT_TOO_LONG");

    [Fact]
    public void Parse_AnyMixture_IsRefusedOrReadAsItStands()
    {
        Prop.ForAll(Gen.Choose(0, Parts.Length - 1).ListOf().ToArbitrary(), chosen =>
        {
            var text = "https://" + string.Concat(chosen.Select(part => Parts[part]));
            Uri address;
            try
            {
                address = WebhookAddress.Parse(text, "address", false);
            }
            catch (ApiException)
            {
                return;
            }

            // A second reader, who only cuts the text, finds the same host.
            text["https://".Length..].Split('/', '?')[0].Split(':')[0].ToUpperInvariant().ShouldBe(address.Host.Split(':')[0].ToUpperInvariant());
            address.UserInfo.ShouldBeEmpty();
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("county")]
    public void Settings_WrongNetwork_IsNamed(string network) =>
        new WebhookSettingsCheck().Validate(null, new WebhookSettings { AllowedNetworks = ["10.0.0.0/8", network] })
            .Failures.ShouldHaveSingleItem().ShouldContain("Webhooks:AllowedNetworks:1");

    [Fact]
    public void Settings_Defaults_AreRight() => new WebhookSettingsCheck().Validate(null, new WebhookSettings()).ShouldBe(ValidateOptionsResult.Success);
}
