using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Jiceng.Gateway.Documents;

/// <summary>A file that the gateway hands out as it was made at start, compressed for who takes that.</summary>
internal sealed class Document
{
    private readonly string _type;
    private readonly byte[]? _zipped;
    private readonly string _tag;

    /// <param name="type">Its media type.</param>
    /// <param name="bytes">What is in it.</param>
    /// <param name="packed">Whether it is compressed already.</param>
    public Document(string type, byte[] bytes, bool packed = false)
    {
        (_type, Bytes) = (type, bytes);
        Digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        _tag = Digest[..32];
        if (!packed) _zipped = Zip(bytes);
    }

    public byte[] Bytes { get; }

    /// <summary>SHA-256, hexadecimal.</summary>
    public string Digest { get; }

    public Task ServeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-cache";
        if (_zipped is null) return SendAsync(context, Bytes, _tag);
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (!TakesGzip(context.Request)) return SendAsync(context, Bytes, _tag);
        headers.ContentEncoding = "gzip";
        return SendAsync(context, _zipped, $"{_tag}-gzip");
    }

    /// <summary>Answers who has it already by 304.</summary>
    private Task SendAsync(HttpContext context, byte[] bytes, string name) =>
        Results.Bytes(bytes, _type, entityTag: new EntityTagHeaderValue($"\"{name}\"")).ExecuteAsync(context);

    private static bool TakesGzip(HttpRequest request) =>
        request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && encoding.Quality is not 0);

    private static byte[] Zip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal)) gzip.Write(bytes);
        return packed.ToArray();
    }
}
