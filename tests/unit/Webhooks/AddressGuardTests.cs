using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Webhooks;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Webhooks;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("114.114.114.114")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2400:3200::1")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("64:ff9b::101:101")]
    public void Allows_PublicAddress_IsCalled(string address) => Guard().Allows(IPAddress.Parse(address)).ShouldBeTrue();

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:0:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:10::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%3")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("2400:3200::1%2")]
    public void Allows_AddressThatIsNotPublic_IsRefused(string address) => Guard().Allows(IPAddress.Parse(address)).ShouldBeFalse();

    [Fact]
    public void Allows_AnyAddressOfPrivateNetworks_IsRefusedInEveryWrapping()
    {
        IPNetwork[] inside = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("100.64.0.0/10")];
        var addresses = Gen.Zip(Gen.Choose(0, inside.Length - 1), Gen.Choose(0, int.MaxValue)).ToArbitrary();
        var guard = Guard();
        Prop.ForAll(addresses, chosen =>
        {
            var network = inside[chosen.Item1];
            var bytes = network.BaseAddress.GetAddressBytes();
            for (var bit = network.PrefixLength; bit < 32; bit++)
            {
                if ((chosen.Item2 >> (bit % 31) & 1) == 1) bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
            }

            var address = new IPAddress(bytes);
            network.Contains(address).ShouldBeTrue();
            guard.Allows(address).ShouldBeFalse(address.ToString());
            guard.Allows(address.MapToIPv6()).ShouldBeFalse($"mapped {address}");
            byte[][] wrappings = [[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, .. bytes], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. bytes], [0x20, 0x02, .. bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]];
            foreach (var wrapped in wrappings) guard.Allows(new IPAddress(wrapped)).ShouldBeFalse(new IPAddress(wrapped).ToString());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Allows_AnyIPv6OutsideOfGlobalUnicast_IsRefused()
    {
        var guard = Guard();
        Prop.ForAll(Gen.Choose(0, 255).ArrayOf(16).ToArbitrary(), numbers =>
        {
            byte[] bytes = [.. numbers.Select(number => (byte)number)];
            // Neither 2000::/3 nor one of the two forms that hold an IPv4 address.
            if ((bytes[0] & 0xE0) == 0x20) bytes[0] |= 0x80;
            if (bytes[0] == 0) bytes[0] = 1;
            guard.Allows(new IPAddress(bytes)).ShouldBeFalse(new IPAddress(bytes).ToString());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Allows_NetworkOfTheSettings_IsCalledAlsoWhenMapped()
    {
        var guard = Guard("10.20.0.0/16", "fd12:3456::/32");
        foreach (var address in (string[])["10.20.1.2", "::ffff:10.20.1.2", "fd12:3456::9"]) guard.Allows(IPAddress.Parse(address)).ShouldBeTrue(address);
        foreach (var address in (string[])["10.21.1.2", "fd12:3457::9", "127.0.0.1"]) guard.Allows(IPAddress.Parse(address)).ShouldBeFalse(address);
    }

    [Fact]
    public async Task Find_OneOfSeveralAddressesIsInternal_IsRefused()
    {
        var guard = Guard((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("1.1.1.1"), IPAddress.Loopback]));
        await Should.ThrowAsync<AddressRefusedException>(() => guard.FindAsync("two.example.com", CancellationToken.None));
    }

    [Fact]
    public async Task Check_InternalAndUnknownHost_AreRefusedInTheSameWords()
    {
        var inside = Guard((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.7")]));
        var unknown = Guard((_, _) => throw new SocketException((int)SocketError.HostNotFound));
        var address = new Uri("https://oa.county.example/");

        var first = await Should.ThrowAsync<ApiException>(() => inside.CheckAsync(address, "address", CancellationToken.None));
        var second = await Should.ThrowAsync<ApiException>(() => unknown.CheckAsync(address, "address", CancellationToken.None));

        (first.Reason.Reason, first.Message).ShouldBe(("WEBHOOK_ADDRESS_REFUSED", second.Message));
    }

    [Fact]
    public async Task Connect_NameThatLeadsElsewhereNow_IsRefusedBeforeAnyByteIsSent()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var asked = 0;
        var guard = Guard((_, _) => Task.FromResult<IPAddress[]>([++asked == 1 ? IPAddress.Parse("1.1.1.1") : IPAddress.Loopback]));
        var address = new Uri($"http://rebind.example.com:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        await guard.CheckAsync(address, "address", CancellationToken.None);

        using var client = new WebhookClient(guard, Options.Create(new WebhookSettings()), TimeProvider.System);
        var attempt = await client.SendAsync(address, Guid.Empty, [], [WebhookSignature.NewSecret()], null, CancellationToken.None);

        attempt.Failure.ShouldBe(Jiceng.Common.V1.WebhookFailure.AddressRefused);
        listener.Pending().ShouldBeFalse();
        asked.ShouldBe(2);
    }

    private static AddressGuard Guard(params string[] allowed) => new(
        Options.Create(new WebhookSettings { AllowedNetworks = allowed }), (_, _) => throw new InvalidOperationException("no name is looked up"));

    private static AddressGuard Guard(ResolveHost resolve) => new(Options.Create(new WebhookSettings()), resolve);
}
