using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;

namespace Jiceng.Bench.Inputs;

/// <summary>The response at the HTTP and gRPC level, or the reason there is none.</summary>
/// <param name="Http">HTTP status; null without a response.</param>
/// <param name="Status">gRPC status; null when absent.</param>
/// <param name="Message">The first response message.</param>
/// <param name="Details">google.rpc.Status from the trailers.</param>
/// <param name="Text">The error text for the caller, or the reason there is no response.</param>
internal sealed record RawResponse(int? Http, int? Status, byte[] Message, Google.Rpc.Status? Details, string Text);

/// <summary>Sends raw bytes to a gRPC method and reads the response without trusting it.</summary>
internal sealed class RawCaller : IDisposable
{
    private const byte WebTrailers = 0x80;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] Nothing = [];

    // Separate connections, so that one abused connection does not affect another caller.
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        EnableMultipleHttp2Connections = true,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
    });

    public async Task<RawResponse> SendAsync(Uri address, BadInput input, string? bearer, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, input.Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(input.Body),
        };
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["content-type"] = "application/grpc", ["te"] = "trailers" };
        if (bearer is not null) headers["authorization"] = $"Bearer {bearer}";
        if (input.Method.File.Package == "jiceng.common.v1") headers["jiceng-service"] = input.Service;
        foreach (var (name, value) in input.Headers) headers[name] = value;
        // HttpClient computes the length itself and refuses to send a different one.
        headers.Remove("content-length");
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            using var response = await _http.SendAsync(request, limit.Token);
            if (Value(response.Headers, "grpc-status") is not null) return Read(response, name => Value(response.Headers, name), Nothing);
            if (input.Method.IsServerStreaming && response.IsSuccessStatusCode)
            {
                // An accepted stream never ends: its first message counts as the answer.
                await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
                var first = new byte[5];
                var read = await stream.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, limit.Token);
                if (read < first.Length) return Read(response, name => Value(response.TrailingHeaders, name), Nothing);
                if (first[0] != WebTrailers) return new RawResponse((int)response.StatusCode, 0, Nothing, null, "stream open");
                var rest = new byte[BinaryPrimitives.ReadInt32BigEndian(first.AsSpan(1))];
                await stream.ReadExactlyAsync(rest, limit.Token);
                return ReadWeb(response, [.. first, .. rest]);
            }

            var body = await response.Content.ReadAsByteArrayAsync(limit.Token);
            return response.Content.Headers.ContentType?.MediaType?.StartsWith("application/grpc-web", StringComparison.Ordinal) == true
                ? ReadWeb(response, body)
                : Read(response, name => Value(response.TrailingHeaders, name), body.Length > 5 ? body[5..] : Nothing);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new RawResponse(null, null, Nothing, null, string.Create(CultureInfo.InvariantCulture, $"no answer within {Patience.TotalSeconds:0} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new RawResponse(null, null, Nothing, null, $"{e.GetBaseException().GetType().Name}: {e.GetBaseException().Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>gRPC-Web sends the trailers in the last frame of the body.</summary>
    private static RawResponse ReadWeb(HttpResponseMessage response, byte[] body)
    {
        var message = Nothing;
        var trailers = new Dictionary<string, string>();
        for (var at = 0; at + 5 <= body.Length;)
        {
            var content = body.AsSpan(at + 5, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(at + 1)));
            if (body[at] == WebTrailers)
            {
                foreach (var field in Encoding.ASCII.GetString(content).Split("\r\n").Select(line => line.Split(": ", 2)).Where(field => field.Length == 2))
                    trailers[field[0]] = field[1];
            }
            else
            {
                message = content.ToArray();
            }

            at += 5 + content.Length;
        }

        return Read(response, trailers.GetValueOrDefault, message);
    }

    private static RawResponse Read(HttpResponseMessage response, Func<string, string?> field, byte[] message)
    {
        int? status = int.TryParse(field("grpc-status"), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
        Google.Rpc.Status? details = null;
        if (field("grpc-status-details-bin") is { } packed)
            details = Google.Rpc.Status.Parser.ParseFrom(Convert.FromBase64String(packed.PadRight((packed.Length + 3) / 4 * 4, '=')));
        return new RawResponse((int)response.StatusCode, status, message, details, WebUtility.UrlDecode(field("grpc-message") ?? ""));
    }

    private static string? Value(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
