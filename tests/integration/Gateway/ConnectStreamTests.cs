using System.Net;
using System.Text.Json;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Calls with a stream by the Connect protocol.</summary>
public sealed class ConnectStreamTests : GatewayTests
{
    private const string Watch = $"{ConnectClient.Case}/WatchCases";
    private const string Import = $"{ConnectClient.Node}/ImportNodes";
    private const string Stream = "application/connect+json";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task ServerStream_Messages_ArriveWhenTheyAreSent(string version)
    {
        using var client = new ConnectClient(gateway, version);
        using var answer = await client.SendAsync(Watch, ConnectClient.Envelope("{}"), Stream).WaitAsync(Patience);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe(Stream);
        var body = await answer.Content.ReadAsStreamAsync();
        foreach (var id in (string[])["first", "第二", "third"])
        {
            // The service sends the next message only after the one before was read here.
            upstream.Seen.Watch.Writer.TryWrite(id).ShouldBeTrue();
            var (flag, json) = await ConnectClient.NextAsync(body).WaitAsync(Patience);
            (flag, json.GetProperty("case").GetProperty("caseId").GetString()).ShouldBe(((byte)0, id));
        }

        upstream.Seen.Watch.Writer.Complete();
        var (end, last) = await ConnectClient.NextAsync(body).WaitAsync(Patience);
        (end, last.ToString()).ShouldBe(((byte)2, """{"metadata":{}}"""));
        body.ReadByte().ShouldBe(-1);
    }

    [Theory]
    [InlineData(Seen.Refuse, "failed_precondition", "案件已关闭")]
    [InlineData(Seen.Crash, "unavailable", "The service grid does not respond. Try again.")]
    public async Task ServerStream_ThatFailsInTheMiddle_EndsByTheError(string fault, string code, string message)
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(Watch, ConnectClient.Envelope("{}"), Stream);
        var body = await answer.Content.ReadAsStreamAsync();
        upstream.Seen.Watch.Writer.TryWrite("first").ShouldBeTrue();
        (await ConnectClient.NextAsync(body).WaitAsync(Patience)).Flag.ShouldBe((byte)0);
        upstream.Seen.Watch.Writer.TryWrite(fault).ShouldBeTrue();

        var (flag, end) = await ConnectClient.NextAsync(body).WaitAsync(Patience);
        flag.ShouldBe((byte)2);
        end.GetProperty("error").GetProperty("code").GetString().ShouldBe(code);
        end.GetProperty("error").GetProperty("message").GetString().ShouldBe(message);
        if (fault == Seen.Refuse) end.GetProperty("metadata").GetProperty("x-after")[0].GetString().ShouldBe("2");
        else ConnectClient.InfoOf(end.GetProperty("error")).GetProperty("reason").GetString().ShouldBe("SERVICE_UNAVAILABLE");
    }

    [Fact]
    public async Task ServerStream_WhenTheGatewayStops_EndsByUnavailable()
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(Watch, ConnectClient.Envelope("{}"), Stream);
        var body = await answer.Content.ReadAsStreamAsync();

        var stopping = gateway.StopAsync();
        var (flag, end) = await ConnectClient.NextAsync(body).WaitAsync(Patience);
        await stopping.WaitAsync(Patience);
        (flag, end.GetProperty("error").GetProperty("code").GetString()).ShouldBe(((byte)2, "unavailable"));
    }

    [Fact]
    public async Task ServerStream_WhoseCallerGoes_EndsAtTheService()
    {
        using (var client = new ConnectClient(gateway))
        using (await client.SendAsync(Watch, ConnectClient.Envelope("{}"), Stream))
        {
        }

        await Eventually.HoldsAsync(() => Task.FromResult(gateway.Lines.All.Any(line => line.Contains("WatchCases by tester: cancelled"))), "the call has ended");
    }

    [Fact]
    public async Task ServerStream_ForACallerWhoReadsGzip_IsCompressedWhereItSaves()
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(
            Watch, ConnectClient.Envelope("{}", zip: true), Stream, "Connect-Content-Encoding: gzip", "Connect-Accept-Encoding: gzip");
        answer.Headers.GetValues("Connect-Content-Encoding").ShouldBe(["gzip"]);
        var body = await answer.Content.ReadAsStreamAsync();
        foreach (var (id, flag) in (IEnumerable<(string, byte)>)[("short", 0), (new string('长', 5000), 1)])
        {
            upstream.Seen.Watch.Writer.TryWrite(id).ShouldBeTrue();
            var (flags, json) = await ConnectClient.NextAsync(body).WaitAsync(Patience);
            (flags, json.GetProperty("case").GetProperty("caseId").GetString()).ShouldBe((flag, id));
        }
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("1.1", true)]
    public async Task ClientStream_OfMoreThanOneMessageMayHold_IsAnswered(string version, bool zip)
    {
        var row = $$$"""{"rows":{"rows":[{"code":"140224","name":"{{{new string('x', 1_000_000)}}}"}]}}""";
        byte[] body = [.. Enumerable.Range(0, 6).SelectMany(_ => ConnectClient.Envelope(row, zip))];
        using var client = new ConnectClient(gateway, version);
        using var answer = await client.SendAsync(Import, body, Stream, "Connect-Content-Encoding: gzip");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var content = await answer.Content.ReadAsStreamAsync();
        (await ConnectClient.NextAsync(content)).Json.ToString().ShouldBe("""{"createdCount":6}""");
        (await ConnectClient.NextAsync(content)).Flag.ShouldBe((byte)2);
    }

    [Theory]
    [InlineData("""{"rows":{"rows":[{"nam":""}]}}""", "FIELD_UNKNOWN")]
    [InlineData("""{"rows":""", "JSON_MALFORMED")]
    public async Task ClientStream_WithAMessageThatDoesNotFit_EndsByTheRefusal(string second, string reason)
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(Import, [.. ConnectClient.Envelope("{}"), .. ConnectClient.Envelope(second)], Stream);
        await ShouldEndByAsync(answer, reason);
    }

    [Theory]
    [InlineData(new byte[] { 2, 0, 0, 0, 2, 123, 125 }, "REQUEST_BROKEN")]
    [InlineData(new byte[] { 1, 0, 0, 0, 2, 123, 125 }, "REQUEST_BROKEN")]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, 123, 125 }, "REQUEST_BROKEN")]
    [InlineData(new byte[] { 0, 0, 0 }, "REQUEST_BROKEN")]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 }, "REQUEST_TOO_LARGE")]
    [InlineData(new byte[] { 0, 0, 64, 0, 1 }, "REQUEST_TOO_LARGE")]
    public async Task Stream_WithABrokenEnvelope_IsRefused(byte[] body, string reason)
    {
        using var client = new ConnectClient(gateway);
        foreach (var method in (string[])[Watch, Import])
        {
            using var answer = await client.SendAsync(method, body, Stream);
            await ShouldEndByAsync(answer, reason);
        }
    }

    [Fact]
    public async Task Envelope_SmallUntilUnzipped_IsRefused()
    {
        using var client = new ConnectClient(gateway);
        var bomb = ConnectClient.Envelope($$$"""{"rows":{"rows":[{"name":"{{{new string('x', 5_000_000)}}}"}]}}""", zip: true);
        using var answer = await client.SendAsync(Import, bomb, Stream, "Connect-Content-Encoding: gzip");
        await ShouldEndByAsync(answer, "REQUEST_TOO_LARGE");
    }

    [Fact]
    public async Task Stream_WithoutToken_EndsByUnauthenticated()
    {
        using var client = new ConnectClient(gateway, token: ConnectClient.NoToken);
        using var answer = await client.SendAsync(Watch, ConnectClient.Envelope("{}"), Stream);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ShouldEndByAsync(answer, "TOKEN_MISSING")).GetProperty("code").GetString().ShouldBe("unauthenticated");
    }

    private static async Task<JsonElement> ShouldEndByAsync(HttpResponseMessage answer, string reason)
    {
        var (flag, end) = await ConnectClient.NextAsync(await answer.Content.ReadAsStreamAsync()).WaitAsync(Patience);
        flag.ShouldBe((byte)2);
        var error = end.GetProperty("error");
        ConnectClient.InfoOf(error).GetProperty("reason").GetString().ShouldBe(reason);
        return error;
    }
}
