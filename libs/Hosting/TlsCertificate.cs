using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Jiceng.Hosting;

/// <summary>
/// The certificate of the TLS port, from the PEM files <c>Tls:CertificateFile</c> and <c>Tls:KeyFile</c>. Read again every minute, so that
/// a renewed certificate is taken without a restart; one that cannot be read leaves the old one in use.
/// </summary>
internal sealed partial class TlsCertificate(IConfiguration configuration, TimeProvider time, ILogger<TlsCertificate> logger)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private X509Certificate2? _current;
    private long _read;

    /// <summary>Reads the certificate at start; null when it can be used, else what is wrong.</summary>
    public string? Load()
    {
        foreach (var option in (string[])["Tls:CertificateFile", "Tls:KeyFile"])
            if (string.IsNullOrEmpty(configuration[option])) return $"{option} is not set; Endpoints:Tls needs a certificate and its key as PEM files";

        try
        {
            Take(Read());
            return null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return $"the certificate in Tls:CertificateFile ({configuration["Tls:CertificateFile"]}) and Tls:KeyFile cannot be read: {e.Message}";
        }
    }

    public X509Certificate2 Current()
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_read) < Lifetime) return _current!;
            try
            {
                Take(Read());
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                _read = time.GetTimestamp();
                LogNotRenewed(logger, e);
            }

            return _current!;
        }
    }

    private X509Certificate2 Read() => X509Certificate2.CreateFromPemFile(configuration["Tls:CertificateFile"]!, configuration["Tls:KeyFile"]);

    private void Take(X509Certificate2 certificate)
    {
        // The old one is left to the collector: a handshake may be using it.
        _current = certificate;
        _read = time.GetTimestamp();
    }

    private static bool IsUnreadable(Exception e) => e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException;

    [LoggerMessage(LogLevel.Warning, "The TLS certificate could not be read again; the one in use stays")]
    private static partial void LogNotRenewed(ILogger logger, Exception exception);
}
