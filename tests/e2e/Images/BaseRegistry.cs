using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Jiceng.TestSupport;

namespace Jiceng.EndToEndTests.Images;

/// <summary>
/// A registry with one image that contains only the accounts of .NET's images: a base for the service images when the real one is
/// unavailable. Under a second name it requires a token, like Docker Hub.
/// </summary>
internal sealed class BaseRegistry : IAsyncDisposable
{
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    private const string Token = "for-reading";
    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly int _port = FreePort.Take();
    private readonly Task _loop;

    public BaseRegistry()
    {
        var (tar, gzip) = Layer();
        var config = JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
            os = "linux",
            config = new { Env = (string[])["PATH=/usr/bin:/bin", "APP_UID=1654", "DOTNET_RUNNING_IN_CONTAINER=true"], User = "1654" },
            rootfs = new { type = "layers", diff_ids = (string[])[Digest(tar)] },
            history = (object[])[new { created_by = "test" }],
        });
        ManifestDigest = Add(JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = Manifest,
            config = new { mediaType = "application/vnd.oci.image.config.v1+json", digest = Add(config), size = config.Length },
            layers = (object[])[new { mediaType = "application/vnd.oci.image.layer.v1.tar+gzip", digest = Add(gzip), size = gzip.Length }],
        }));
        _listener.Prefixes.Add($"http://localhost:{_port}/");
        _listener.Start();
        _loop = ServeAsync();
    }

    public string ManifestDigest { get; }

    public string Image => $"localhost:{_port}/base:1";

    /// <summary>The same image, for clients that fetch a token first.</summary>
    public string GuardedImage => $"localhost:{_port}/guarded:1";

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }

    private static (byte[] Tar, byte[] Gzip) Layer()
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "etc/") { Mode = (UnixFileMode)0b111_101_101 });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "etc/passwd") { DataStream = new MemoryStream("root:x:0:0::/:\napp:x:1654:1654::/:\n"u8.ToArray()) });
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write(tar.ToArray());
        return (tar.ToArray(), packed.ToArray());
    }

    private static string Digest(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    private string Add(byte[] bytes)
    {
        _blobs[Digest(bytes)] = bytes;
        return Digest(bytes);
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            await AnswerAsync(context.Request, context.Response);
        }
    }

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var path = request.Url!.AbsolutePath;
        var body = path == "/token" ? Encoding.UTF8.GetBytes($$"""{"token":"{{Token}}"}""") : [];
        if (path.StartsWith("/v2/guarded", StringComparison.Ordinal) && request.Headers["Authorization"] != $"Bearer {Token}")
        {
            response.StatusCode = 401;
            response.Headers["WWW-Authenticate"] = $"Bearer realm=\"http://localhost:{_port}/token\",service=\"test\",scope=\"repository:guarded:pull\"";
        }
        else if (path.Split('/') is ["", "v2", "base" or "guarded", "manifests", var tag] && (tag == "1" || tag == ManifestDigest))
        {
            body = _blobs[ManifestDigest];
            response.ContentType = Manifest;
            response.Headers["Docker-Content-Digest"] = ManifestDigest;
        }
        else if (path.Split('/') is ["", "v2", "base" or "guarded", "blobs", var digest] && _blobs.TryGetValue(digest, out var blob))
        {
            body = blob;
            response.ContentType = "application/octet-stream";
        }
        else if (path is not ("/v2/" or "/token"))
        {
            response.StatusCode = 404;
        }

        response.ContentLength64 = body.Length;
        if (request.HttpMethod != "HEAD") await response.OutputStream.WriteAsync(body);
        response.Close();
    }
}
