using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Jiceng.Hosting;

/// <summary>
/// The ports: <c>Endpoints:Grpc</c> (HTTP/2 without TLS, for gRPC), <c>Endpoints:Http</c> (HTTP/1.1, for probes, the sidecar,
/// and callers of the gateway without TLS) and, when set, <c>Endpoints:Tls</c> (both by ALPN).
/// </summary>
/// <remarks>
/// Not Kestrel's own <c>Kestrel:Endpoints</c>: there a missing port goes unnoticed, a wrong address stops the start with a stack trace
/// (StartTests hold the messages), and neither a renewed certificate nor the authority of client certificates can be configured.
/// </remarks>
internal sealed class ServiceEndpoints(IConfiguration configuration, TlsCertificate certificate) : IConfigureOptions<KestrelServerOptions>
{
    /// <summary>Bytes that a stream may send before it needs a window update.</summary>
    private const int StreamWindow = 1024 * 1024;

    private readonly List<string> _failures = [];
    private readonly Dictionary<string, (string Scheme, ListenOptions Options)> _bound = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Kestrel asks for its options while the host is built; what is wrong with them matters only to a process that serves.</summary>
    public void Check()
    {
        if (_failures.Count > 0) throw new OptionsValidationException("Endpoints", typeof(KestrelServerOptions), _failures);
    }

    public Uri AddressOf(string endpoint)
    {
        if (!_bound.TryGetValue(endpoint, out var found) || found.Options.IPEndPoint is not { } address)
            throw new InvalidOperationException($"Endpoints:{endpoint} is not configured, or the service is not started");
        var host = address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : address.Address;
        return new UriBuilder(found.Scheme, host.ToString(), address.Port).Uri;
    }

    public void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        // Over HTTP/2 a reader slower than that rate would end the connection with all its calls, which may be those of many callers behind one gateway.
        options.Limits.MinResponseDataRate = null;
        options.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        options.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        options.Limits.Http2.InitialStreamWindowSize = StreamWindow;
        options.Limits.Http2.InitialConnectionWindowSize = 8 * StreamWindow;
        options.Limits.Http2.MaxStreamsPerConnection = configuration.GetValue("Endpoints:MaxStreamsPerConnection", 256);

        Listen(options, "Grpc", Uri.UriSchemeHttp, required: true, listen => listen.Protocols = HttpProtocols.Http2);
        Listen(options, "Http", Uri.UriSchemeHttp, required: true, listen => listen.Protocols = HttpProtocols.Http1);
        Listen(options, "Tls", Uri.UriSchemeHttps, required: false, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            if (certificate.Load() is { } problem)
            {
                _failures.Add(problem);
                return;
            }

            var https = new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => certificate.Current() };
            if (ClientCertificateAuthority.Apply(configuration, https) is { } wrong) _failures.Add(wrong);
            listen.UseHttps(https);
        });
    }

    private void Listen(KestrelServerOptions options, string name, string scheme, bool required, Action<ListenOptions> configure)
    {
        var option = $"Endpoints:{name}";
        var value = configuration[option];
        if (string.IsNullOrWhiteSpace(value))
        {
            if (required) _failures.Add($"{option} is not set; it says where to listen, for example {scheme}://127.0.0.1:6011");
            return;
        }

        if (!Uri.TryCreate(value.Replace("://*", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri)
            || uri.Scheme != scheme || uri.AbsolutePath != "/")
        {
            _failures.Add($"{option} is '{value}'; it has to be {scheme}://<address>:<port>");
            return;
        }

        Action<ListenOptions> bind = listen =>
        {
            configure(listen);
            _bound[name] = (scheme, listen);
        };
        if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address)) options.Listen(address, uri.Port, bind);
        else if (uri.Host == "localhost") options.Listen(IPAddress.Loopback, uri.Port, bind);
        else _failures.Add($"{option} is '{value}'; the host has to be an IP address, localhost or *");
    }
}

internal static class ServiceEndpointsSetup
{
    /// <summary>What Kestrel asks of readers by itself.</summary>
    private static readonly MinDataRate Slowest = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    /// <summary>Over HTTP/1.1 a connection has one call, and a reader that stalls ends that.</summary>
    public static void UseSlowReaderLimit(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } feature) feature.MinDataRate = Slowest;
        return next(context);
    });

    public static void AddServiceEndpoints(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TlsCertificate>();
        builder.Services.AddSingleton<ServiceEndpoints>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(services => services.GetRequiredService<ServiceEndpoints>());
    }
}
