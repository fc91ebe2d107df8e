using System.Globalization;
using System.IO.Compression;
using Google.Protobuf.Reflection;
using Jiceng.Domain;
using Jiceng.Gateway.Json;

namespace Jiceng.Gateway.Protocols;

/// <summary>A call by the Connect protocol: its kind, its encoding, and the options in its headers.</summary>
internal sealed class ConnectCall
{
    private const string Gzip = "gzip";
    private const int LongestTimeout = 10;

    private readonly MethodDescriptor? _method;
    private bool _compressed;

    private ConnectCall(bool isJson, bool isStream, MethodDescriptor? method, GatewayLimits limits)
    {
        IsJson = isJson;
        IsStream = isStream;
        _method = method;
        Limits = limits;
    }

    public bool IsJson { get; }

    public bool IsStream { get; }

    public GatewayLimits Limits { get; }

    /// <summary>Whether the caller reads gzip.</summary>
    public bool AcceptsGzip { get; private set; }

    /// <summary>A fault in the headers; reported when the body is read, after authentication.</summary>
    public ApiException? Problem { get; private set; }

    public string ContentType => $"application/{(IsStream ? "connect+" : "")}{(IsJson ? "json" : "proto")}";

    private string EncodingHeader => IsStream ? "Connect-Content-Encoding" : "Content-Encoding";

    /// <summary>Null when the type is none of Connect's, or does not fit the method: streams are called in another way than calls with one answer.</summary>
    public static ConnectCall? Of(string contentType, HttpRequest request, MethodDescriptor? method, GatewayLimits limits)
    {
        (bool IsJson, bool IsStream)? form = MediaType.Of(contentType) switch
        {
            "application/json" => (true, false),
            "application/proto" => (false, false),
            "application/connect+json" => (true, true),
            "application/connect+proto" => (false, true),
            _ => null,
        };
        if (form is not { } found || (method is not null && found.IsStream != (method.IsClientStreaming || method.IsServerStreaming))) return null;
        var call = new ConnectCall(found.IsJson, found.IsStream, method, limits);
        call.TakeHeaders(request.Headers);
        return call;
    }

    public TranslatedResponse Attach(HttpContext context)
    {
        new ConnectRequest(this, context.Request.Body).Attach(context);
        return IsStream ? new ConnectStreamResponse(this, context) : new ConnectResponse(this, context);
    }

    /// <summary>A message as the caller sent it, as a frame of gRPC.</summary>
    public ReadOnlyMemory<byte> ToFrame(ReadOnlyMemory<byte> sent, bool isCompressed)
    {
        var plain = isCompressed ? Unzip(sent) : sent;
        var frame = GrpcFrames.Open(plain.Length);
        if (IsJson)
        {
            JsonRequest.Read(plain.Span, JsonMessage.Of(Method.InputType), frame);
        }
        else
        {
            plain.Span.CopyTo(frame.GetSpan(plain.Length));
            frame.Advance(plain.Length);
        }

        return GrpcFrames.Close(frame, flag: 0);
    }

    /// <summary>A message of the service as the caller reads it.</summary>
    public void WriteAnswer(ReadOnlyMemory<byte> message, ByteBuffer to)
    {
        if (IsJson)
        {
            using var json = new System.Text.Json.Utf8JsonWriter(to, JsonAnswer.Options);
            JsonAnswer.Write(json, JsonMessage.Of(Method.OutputType), message.Span);
        }
        else
        {
            message.Span.CopyTo(to.GetSpan(message.Length));
            to.Advance(message.Length);
        }
    }

    /// <summary>Whether the message that comes may be compressed, and for a call with one answer is.</summary>
    public bool IsCompressed => _compressed;

    private MethodDescriptor Method => _method ?? throw GatewayErrors.NoJson.With();

    private ReadOnlyMemory<byte> Unzip(ReadOnlyMemory<byte> zipped)
    {
        var plain = new ByteBuffer(Math.Min(4 * zipped.Length + 256, Limits.RequestBytes));
        try
        {
            using var gzip = new GZipStream(new MemoryStream(zipped.ToArray()), CompressionMode.Decompress);
            for (int read; (read = gzip.Read(plain.GetSpan(4096))) > 0;)
            {
                plain.Advance(read);
                if (plain.Length > Limits.RequestBytes) throw Limits.TooLarge();
            }
        }
        catch (InvalidDataException)
        {
            throw GatewayErrors.RequestBroken.With();
        }

        return plain.WrittenMemory;
    }

    /// <summary>Reads the Connect headers into this call or into gRPC headers; all others go to the service.</summary>
    private void TakeHeaders(IHeaderDictionary headers)
    {
        foreach (var grpc in (ReadOnlySpan<string>)["grpc-timeout", "grpc-encoding", "grpc-accept-encoding"]) headers.Remove(grpc);
        var accepted = IsStream ? "Connect-Accept-Encoding" : "Accept-Encoding";
        AcceptsGzip = headers[accepted].ToString().Split(',').Any(IsGzip);
        headers.Remove(accepted);

        if (headers.Remove("Connect-Protocol-Version", out var version) && version != "1")
            Problem = Wrong("Connect-Protocol-Version", "1");
        if (headers.Remove("Connect-Timeout-Ms", out var timeout)) TakeTimeout(headers, timeout.ToString());
        if (!headers.Remove(EncodingHeader, out var encoding)) return;
        _compressed = encoding == Gzip;
        if (!_compressed && encoding != "identity" && encoding != "") Problem = GatewayErrors.EncodingUnknown.With(("header", EncodingHeader));
    }

    private void TakeTimeout(IHeaderDictionary headers, string timeout)
    {
        if (timeout.Length is 0 or > LongestTimeout || !long.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            Problem = Wrong("Connect-Timeout-Ms", $"milliseconds, in at most {LongestTimeout} digits");
            return;
        }

        // gRPC has eight digits.
        headers["grpc-timeout"] = milliseconds <= 99_999_999
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds}m")
            : string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000}S");
    }

    private static bool IsGzip(string encoding)
    {
        var parts = encoding.Split(';', StringSplitOptions.TrimEntries);
        return parts[0].Equals(Gzip, StringComparison.OrdinalIgnoreCase) && !(parts.Length > 1 && parts[1] is "q=0" or "q=0.0" or "q=0.00" or "q=0.000");
    }

    private static ApiException Wrong(string header, string expected) => GatewayErrors.HeaderInvalid.With(("header", header), ("expected", expected));
}
