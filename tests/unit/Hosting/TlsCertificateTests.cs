using System.Security.Cryptography;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class TlsCertificateTests : IDisposable
{
    private readonly TlsFiles files = new();
    private readonly FakeTimeProvider clock = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Renewed_OnDisk_IsTakenWithinAMinute()
    {
        var certificate = Loaded();
        var first = files.Fingerprint;
        files.Renew();

        Fingerprint(certificate).ShouldBe(first);
        clock.Advance(TimeSpan.FromSeconds(61));
        Fingerprint(certificate).ShouldBe(files.Fingerprint);
    }

    [Fact]
    public void BrokenOnDisk_LeavesTheOldOneInUse_UntilItIsWholeAgain()
    {
        var certificate = Loaded();
        var first = files.Fingerprint;
        File.WriteAllText(files.CertificateFile, "half written");

        clock.Advance(TimeSpan.FromSeconds(61));
        Fingerprint(certificate).ShouldBe(first);

        files.Renew();
        clock.Advance(TimeSpan.FromSeconds(61));
        Fingerprint(certificate).ShouldBe(files.Fingerprint);
    }

    [Fact]
    public void KeyOfAnotherCertificate_IsRefusedAtStart()
    {
        using var other = new TlsFiles();
        File.Copy(other.KeyFile, files.KeyFile, overwrite: true);

        Certificate().Load().ShouldNotBeNull().ShouldContain(files.CertificateFile);
    }

    private static string Fingerprint(TlsCertificate certificate) => certificate.Current().GetCertHashString(HashAlgorithmName.SHA256);

    private TlsCertificate Loaded()
    {
        var certificate = Certificate();
        certificate.Load().ShouldBeNull();
        return certificate;
    }

    private TlsCertificate Certificate()
    {
        var settings = new Dictionary<string, string?> { ["Tls:CertificateFile"] = files.CertificateFile, ["Tls:KeyFile"] = files.KeyFile };
        return new TlsCertificate(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), clock, NullLogger<TlsCertificate>.Instance);
    }
}
