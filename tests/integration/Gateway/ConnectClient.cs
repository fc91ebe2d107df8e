using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Connect as anybody can speak it with nothing but HTTP.</summary>
internal sealed class ConnectClient : IDisposable
{
    public const string Case = "jiceng.grid.v1.CaseService";
    public const string Node = "jiceng.grid.v1.NodeService";

    public const string NoToken = "";

    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly Version _version;

    /// <summary>HTTP/1.1 at the one port or HTTP/2 at the other.</summary>
    public ConnectClient(GatewayRun gateway, string version = "1.1", string? token = null)
    {
        _version = Version.Parse(version);
        _address = version == "1.1" ? gateway.HttpAddress : gateway.GrpcAddress;
        _http = new HttpClient();
        if (token != NoToken)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token ?? gateway.Tokens.Issue("tester", ["grid_worker"], ["140224"]));
    }

    public HttpClient Http => _http;

    /// <summary>An envelope of a stream.</summary>
    public static byte[] Envelope(string json, bool zip = false)
    {
        var message = Encoding.UTF8.GetBytes(json);
        if (zip) message = Zip(message);
        byte[] prefix = [zip ? (byte)1 : (byte)0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), message.Length);
        return [.. prefix, .. message];
    }

    public static byte[] Zip(byte[] plain)
    {
        var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.SmallestSize)) gzip.Write(plain);
        return zipped.ToArray();
    }

    /// <summary>The next envelope: its flag, and its JSON as it was before compression.</summary>
    public static async Task<(byte Flag, JsonElement Json)> NextAsync(Stream body)
    {
        var prefix = new byte[5];
        await body.ReadExactlyAsync(prefix);
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
        await body.ReadExactlyAsync(message);
        if ((prefix[0] & 1) == 0) return (prefix[0], JsonDocument.Parse(message).RootElement);
        using var gzip = new GZipStream(new MemoryStream(message), CompressionMode.Decompress);
        return (prefix[0], (await JsonDocument.ParseAsync(gzip)).RootElement);
    }

    public static async Task<JsonElement> JsonOfAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync()).RootElement;

    /// <summary>The ErrorInfo of an error, from what is there to be read by people.</summary>
    public static JsonElement InfoOf(JsonElement error) =>
        error.GetProperty("details").EnumerateArray().Single(detail => detail.GetProperty("type").GetString() == "google.rpc.ErrorInfo").GetProperty("debug");

    /// <summary>A call with one request; headers as <c>name: value</c>.</summary>
    public Task<HttpResponseMessage> CallAsync(string method, string json, params string[] headers) =>
        SendAsync(method, Encoding.UTF8.GetBytes(json), "application/json", headers);

    public Task<HttpResponseMessage> SendAsync(string method, byte[] body, string type, params string[] headers) =>
        SendAsync(method, new ByteArrayContent(body), type, headers);

    public async Task<HttpResponseMessage> SendAsync(string method, HttpContent content, string type, params string[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_address, $"/{method}"))
        {
            Content = content,
            Version = _version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = (header[..colon], header[(colon + 1)..].Trim());
            if (!request.Headers.TryAddWithoutValidation(name, value)) content.Headers.TryAddWithoutValidation(name, value);
        }

        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public void Dispose() => _http.Dispose();
}
