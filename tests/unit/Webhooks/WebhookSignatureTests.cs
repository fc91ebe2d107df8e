using System.Text;
using Jiceng.Webhooks;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Webhooks;

public sealed class WebhookSignatureTests
{
    // The example of the reference libraries of Standard Webhooks.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    [Fact]
    public void Sign_ExampleOfTheSpecification_IsTheSame() => WebhookSignature.Sign([Secret], Id, 1614265330, Body).ShouldBe(Signature);

    [Fact]
    public void Sign_TwoSecrets_GivesBothInTheirOrder()
    {
        var other = WebhookSignature.NewSecret();
        var both = WebhookSignature.Sign([other, Secret], Id, 1614265330, Body).Split(' ');
        both.ShouldBe([WebhookSignature.Sign([other], Id, 1614265330, Body), Signature]);
    }

    [Fact]
    public void Sign_AnythingElse_IsAnother()
    {
        string[] others =
        [
            WebhookSignature.Sign([WebhookSignature.NewSecret()], Id, 1614265330, Body),
            WebhookSignature.Sign([Secret], Id + "x", 1614265330, Body),
            WebhookSignature.Sign([Secret], Id, 1614265331, Body),
            WebhookSignature.Sign([Secret], Id, 1614265330, [.. Body, (byte)' ']),
        ];
        others.ShouldNotContain(Signature);
    }

    [Fact]
    public void NewSecret_HasThePrefixAndThirtyTwoBytes()
    {
        var secret = WebhookSignature.NewSecret();
        secret.ShouldStartWith("whsec_");
        Convert.FromBase64String(secret["whsec_".Length..]).Length.ShouldBe(32);
        WebhookSignature.NewSecret().ShouldNotBe(secret);
    }
}
