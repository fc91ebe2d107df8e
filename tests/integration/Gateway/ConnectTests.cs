using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Calls with one answer by the Connect protocol.</summary>
public sealed class ConnectTests : GatewayTests
{
    private const string GetNode = $"{ConnectClient.Node}/GetNode";

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Json_OneCall_IsAnsweredInJson(string version)
    {
        using var client = new ConnectClient(gateway, version);
        using var answer = await client.SendAsync(GetNode, """{"code":"赵北村 🏠"}"""u8.ToArray(), "application/json; charset=utf-8", "x-mine: 7");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        (await answer.Content.ReadAsStringAsync()).ShouldStartWith("""{"code":"赵北村 """);
        (await ConnectClient.JsonOfAsync(answer)).GetProperty("code").GetString().ShouldBe("赵北村 🏠");
        answer.Headers.ShouldNotContain(header => header.Key.StartsWith("grpc", StringComparison.OrdinalIgnoreCase));
        upstream.Seen.Headers.GetValue("x-mine").ShouldBe("7");
        gateway.Lines.All.ShouldContain(line =>
            line.StartsWith("Information jiceng.grid.v1.NodeService/GetNode by tester: grpc 0 in ", StringComparison.Ordinal)
            && line.Contains($"connect over HTTP/{version.TrimEnd('0', '.')}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Proto_OneCall_IsAnsweredInProto(string version)
    {
        using var client = new ConnectClient(gateway, version);
        foreach (var code in (string[])["140224", ""])
        {
            using var answer = await client.SendAsync(GetNode, new GetNodeRequest { Code = code }.ToByteArray(), "application/proto");
            answer.Content.Headers.ContentType!.ToString().ShouldBe("application/proto");
            Node.Parser.ParseFrom(await answer.Content.ReadAsByteArrayAsync()).Code.ShouldBe(code);
        }
    }

    [Fact]
    public async Task Gzip_BothWays_IsReadAndWritten()
    {
        var name = new string('赵', 100_000);
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(
            GetNode, ConnectClient.Zip(Encoding.UTF8.GetBytes($$"""{"code":"{{name}}"}""")), "application/json", "Content-Encoding: gzip", "Accept-Encoding: br, gzip;q=0.5");

        answer.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        using var plain = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        (await JsonDocument.ParseAsync(plain)).RootElement.GetProperty("code").GetString().ShouldBe(name);
    }

    [Theory]
    [InlineData("gzip;q=0")]
    [InlineData("br")]
    [InlineData("")]
    public async Task Gzip_NotAccepted_IsNotWritten(string accepted)
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.CallAsync(GetNode, $$"""{"code":"{{new string('x', 5000)}}"}""", $"Accept-Encoding: {accepted}");
        answer.Content.Headers.ContentEncoding.ShouldBeEmpty();
        (await ConnectClient.JsonOfAsync(answer)).GetProperty("code").GetString()!.Length.ShouldBe(5000);
    }

    [Fact]
    public async Task Metadata_BeforeAndAfterTheAnswer_IsInTheHeaders()
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.CallAsync(GetNode, $$"""{"code":"{{Seen.Talk}}"}""");
        answer.Headers.GetValues("x-before").ShouldBe(["1"]);
        answer.Headers.GetValues("x-bytes-bin").ShouldHaveSingleItem().TrimEnd('=').ShouldBe("AQL/");
        answer.Headers.GetValues("trailer-x-after").ShouldBe(["2"]);
    }

    [Fact]
    public async Task Refusal_OfTheService_KeepsItsCodeMessageAndMetadata()
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(GetNode, new GetNodeRequest { Code = Seen.Refuse }.ToByteArray(), "application/proto");

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        (await answer.Content.ReadAsStringAsync()).ShouldBe("""{"code":"not_found","message":"网格不存在 100%"}""");
        answer.Headers.Concat(answer.TrailingHeaders).ShouldContain(header => header.Key.EndsWith("x-reason") && header.Value.Single() == "NODE_NOT_FOUND");
    }

    [Theory]
    [InlineData("{\"code\":\"140224\",\n\"kode\":1}", HttpStatusCode.BadRequest, "invalid_argument", "FIELD_UNKNOWN", "kode")]
    [InlineData("{\"code\":5}", HttpStatusCode.BadRequest, "invalid_argument", "ARGUMENT_INVALID", "code")]
    [InlineData("{\"code\":\n", HttpStatusCode.BadRequest, "invalid_argument", "JSON_MALFORMED", null)]
    [InlineData("", HttpStatusCode.BadRequest, "invalid_argument", "JSON_MALFORMED", null)]
    public async Task Json_ThatDoesNotFit_IsRefusedInConnectsForm(string json, HttpStatusCode status, string code, string reason, string? field)
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.CallAsync(GetNode, json);

        answer.StatusCode.ShouldBe(status);
        var error = await ConnectClient.JsonOfAsync(answer);
        error.GetProperty("code").GetString().ShouldBe(code);
        ConnectClient.InfoOf(error).GetProperty("reason").GetString().ShouldBe(reason);
        var value = error.GetProperty("details")[0].GetProperty("value").GetString()!;
        Google.Rpc.ErrorInfo.Parser.ParseFrom(Convert.FromBase64String(value.PadRight((value.Length + 3) / 4 * 4, '='))).Reason.ShouldBe(reason);
        if (field is null) return;
        var bad = error.GetProperty("details").EnumerateArray().Single(detail => detail.GetProperty("type").GetString() == "google.rpc.BadRequest");
        bad.GetProperty("debug").GetProperty("fieldViolations")[0].GetProperty("field").GetString().ShouldBe(field);
        gateway.Lines.All.ShouldNotContain(line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(GetNode, "Connect-Timeout-Ms: soon", HttpStatusCode.BadRequest, "HEADER_INVALID")]
    [InlineData(GetNode, "Connect-Timeout-Ms: 12345678901", HttpStatusCode.BadRequest, "HEADER_INVALID")]
    [InlineData(GetNode, "Connect-Protocol-Version: 2", HttpStatusCode.BadRequest, "HEADER_INVALID")]
    [InlineData(GetNode, "Content-Encoding: br", HttpStatusCode.NotImplemented, "ENCODING_UNKNOWN")]
    [InlineData(GetNode, "Content-Encoding: gzip", HttpStatusCode.BadRequest, "REQUEST_BROKEN")]
    [InlineData(GetNode, "jiceng-service: grid, cadre", HttpStatusCode.BadRequest, "SERVICE_NOT_NAMED")]
    [InlineData("jiceng.grid.v1.NodeService/GetNothing", "x: y", HttpStatusCode.NotImplemented, "METHOD_UNKNOWN")]
    [InlineData("jiceng.common.v1.MessagingService/ReadEvents", "x: y", HttpStatusCode.BadRequest, "SERVICE_NOT_NAMED")]
    [InlineData("jiceng.cadre.v1.PersonService/ListPersons", "x: y", HttpStatusCode.InternalServerError, "GATEWAY_FAILED")]
    [InlineData("jiceng.cadre.v1.PersonService/CreatePerson", "x: y", HttpStatusCode.ServiceUnavailable, "SERVICE_UNAVAILABLE")]
    public async Task Refusal_OfTheGateway_IsInConnectsForm(string method, string header, HttpStatusCode status, string reason)
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.CallAsync(method, "{}", header);
        answer.StatusCode.ShouldBe(status);
        ConnectClient.InfoOf(await ConnectClient.JsonOfAsync(answer)).GetProperty("reason").GetString().ShouldBe(reason);
    }

    [Theory]
    [InlineData(new byte[] { 10, 200 })]
    [InlineData(new byte[] { 8, 1 })]
    public async Task Answer_ThatIsNoMessage_IsAFailureOfTheGateway(byte[] message)
    {
        await using var broken = await Upstream.StartAsync(tokens, echoes: false);
        broken.Seen.Answer = _ => message;
        await using var other = await GatewayRun.StartAsync(broken.Address, tokens);
        using var client = new ConnectClient(other);
        using var answer = await client.CallAsync(GetNode, "{}");
        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        var info = ConnectClient.InfoOf(await ConnectClient.JsonOfAsync(answer));
        info.GetProperty("reason").GetString().ShouldBe("GATEWAY_FAILED");
        var trace = info.GetProperty("metadata").GetProperty("trace_id").GetString();
        other.Lines.All.ShouldContain(line => line.StartsWith("Error The answer of jiceng.grid.v1.NodeService/GetNode", StringComparison.Ordinal), trace);
    }

    [Fact]
    public async Task CallTooMany_IsRefusedWithTheTimeToComeAgain()
    {
        await using var strict = await GatewayRun.StartAsync(upstream.Address, tokens, ("Limits:CallsPerSecond", "1"), ("Limits:CallBurst", "1"));
        using var client = new ConnectClient(strict);
        HttpResponseMessage answer;
        do answer = await client.CallAsync(GetNode, "{}");
        while (answer.IsSuccessStatusCode);
        answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        (await answer.Content.ReadAsStringAsync()).ShouldContain("google.rpc.RetryInfo");
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("1.1", true)]
    public async Task Request_LargerThanAllowed_IsRefused_AlsoWhenItIsSmallUntilUnzipped(string version, bool zip)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"code":"{{new string('x', 5_000_000)}}"}""");
        using var client = new ConnectClient(gateway, version);
        // Without asking first, a client of HTTP/1.1 may still be sending when the connection is closed.
        using var answer = await client.SendAsync(
            GetNode, zip ? ConnectClient.Zip(json) : json, "application/json", $"Content-Encoding: {(zip ? "gzip" : "identity")}", "Expect: 100-continue");
        answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        ConnectClient.InfoOf(await ConnectClient.JsonOfAsync(answer)).GetProperty("reason").GetString().ShouldBe("REQUEST_TOO_LARGE");
    }

    [Fact]
    public async Task Request_OfThreeMegabytes_Passes()
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.CallAsync($"{ConnectClient.Node}/UpdateNode", $$$"""{"node":{"name":"{{{new string('x', 3_000_000)}}}"}}""");
        (await answer.Content.ReadAsStringAsync()).ShouldBe("""{"code":"3000000"}""");
    }

    [Fact]
    public async Task Timeout_OfTheCaller_IsTheDeadlineOfTheService()
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.CallAsync(GetNode, $$"""{"code":"{{Seen.Hold}}"}""", "Connect-Timeout-Ms: 200");
        answer.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await ConnectClient.JsonOfAsync(answer)).GetProperty("code").GetString().ShouldBe("deadline_exceeded");

        foreach (var (header, least, most) in (IEnumerable<(string, double, double)>)[("Connect-Timeout-Ms: 9999999999", 9_000_000, 10_000_000), ("x: y", 1, 31)])
        {
            var now = TimeProvider.System.GetUtcNow().UtcDateTime;
            using var other = await client.CallAsync(GetNode, "{}", header);
            (upstream.Seen.Deadline - now).TotalSeconds.ShouldBeInRange(least, most);
        }
    }

    [Fact]
    public async Task Connection_OfHttp1_IsUsedAgain()
    {
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler);
        foreach (var code in (string[])["1", Seen.Refuse, "2"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.HttpAddress, GetNode)) { Content = new StringContent($$"""{"code":"{{code}}"}""", null, "application/json") };
            request.Headers.TryAddWithoutValidation("authorization", $"Bearer {tokens.Issue("tester")}");
            using var answer = await http.SendAsync(request);
            (await answer.Content.ReadAsStringAsync()).ShouldContain(code == Seen.Refuse ? "not_found" : code);
        }

        connections.ShouldBe(1);
    }

    [Theory]
    [InlineData("140224", "OK")]
    [InlineData(Seen.Refuse, "NOT_FOUND")]
    public async Task Span_OfACall_IsThatOfTheGrpcCallThatItMeans(string code, string status)
    {
        const string Caller = "00f067aa0ba902b7";
        await using var receiver = new OtlpReceiver();
        await using var traced = await GatewayRun.StartAsync(upstream.Address, tokens, [.. receiver.Settings.Select(setting => (setting.Key, setting.Value!))]);
        var trace = System.Diagnostics.ActivityTraceId.CreateRandom().ToHexString();
        using var client = new ConnectClient(traced);
        using var answer = await client.CallAsync(GetNode, $$"""{"code":"{{code}}"}""", $"traceparent: 00-{trace}-{Caller}-01");

        var span = await receiver.WaitForAsync(one => one.TraceId == trace && one.ParentId == Caller);
        span.Name.ShouldBe(GetNode);
        span.Tags["rpc.response.status_code"].ShouldBe(status);
        span.Tags["jiceng.protocol"].ShouldBe("connect");
    }
}
