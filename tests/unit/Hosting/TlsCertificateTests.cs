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
    private readonly TlsFiles _files = new();
    private readonly FakeTimeProvider _clock = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Renewed_OnDisk_IsTakenWithinAMinute()
    {
        var certificate = Loaded();
        var first = _files.Fingerprint;
        _files.Renew();

        Fingerprint(certificate).ShouldBe(first);
        _clock.Advance(TimeSpan.FromSeconds(61));
        Fingerprint(certificate).ShouldBe(_files.Fingerprint);
    }

    [Fact]
    public void BrokenOnDisk_LeavesTheOldOneInUse_UntilItIsWholeAgain()
    {
        var certificate = Loaded();
        var first = _files.Fingerprint;
        File.WriteAllText(_files.CertificateFile, "half written");

        _clock.Advance(TimeSpan.FromSeconds(61));
        Fingerprint(certificate).ShouldBe(first);

        _files.Renew();
        _clock.Advance(TimeSpan.FromSeconds(61));
        Fingerprint(certificate).ShouldBe(_files.Fingerprint);
    }

    [Fact]
    public void KeyOfAnotherCertificate_IsRefusedAtStart()
    {
        using var other = new TlsFiles();
        File.Copy(other.KeyFile, _files.KeyFile, overwrite: true);

        Certificate().Load().ShouldNotBeNull().ShouldContain(_files.CertificateFile);
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
        var settings = new Dictionary<string, string?> { ["Tls:CertificateFile"] = _files.CertificateFile, ["Tls:KeyFile"] = _files.KeyFile };
        return new TlsCertificate(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), _clock, NullLogger<TlsCertificate>.Instance);
    }
}
