using System.Net;
using System.Text;
using Google.Protobuf;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Calls by gRPC-Web.</summary>
public sealed class WebTests : GatewayTests
{
    private const string GetNode = $"{ConnectClient.Node}/GetNode";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("1.1", "application/grpc-web")]
    [InlineData("1.1", "application/grpc-web+proto")]
    [InlineData("2.0", "application/grpc-web+proto")]
    [InlineData("1.1", "application/grpc-web-text")]
    [InlineData("2.0", "application/grpc-web-text+proto")]
    public async Task Call_Answered_HasItsTrailersInTheBody(string version, string type)
    {
        using var client = new ConnectClient(gateway, version);
        using var answer = await client.SendAsync(GetNode, Body(type, Frame(new GetNodeRequest { Code = Seen.Talk })), type, "grpc-timeout: 5S", "x-grpc-web: 1");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var text = type.Contains("-text", StringComparison.Ordinal);
        answer.Content.Headers.ContentType!.ToString().ShouldBe(text ? "application/grpc-web-text+proto" : "application/grpc-web+proto");
        answer.Headers.GetValues("x-before").ShouldBe(["1"]);
        var (messages, trailers) = await ReadAsync(answer);
        Node.Parser.ParseFrom(messages.ShouldHaveSingleItem()).Code.ShouldBe(Seen.Talk);
        trailers.ShouldContain("grpc-status: 0\r\n");
        trailers.ShouldContain("x-after: 2\r\n");
        (upstream.Seen.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime).TotalSeconds.ShouldBeInRange(-60, 5);
    }

    [Theory]
    [InlineData(Seen.Refuse, false, "grpc-status: 5\r\n")]
    [InlineData("140224", true, "grpc-status: 16\r\n")]
    public async Task Call_Refused_HasTheStatusInTheBody(string code, bool stranger, string status)
    {
        using var client = new ConnectClient(gateway, token: stranger ? ConnectClient.NoToken : null);
        using var answer = await client.SendAsync(GetNode, Frame(new GetNodeRequest { Code = code }), "application/grpc-web+proto");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.Contains("grpc-status").ShouldBeFalse();
        var (messages, trailers) = await ReadAsync(answer);
        messages.ShouldBeEmpty();
        trailers.ShouldContain(status);
        trailers.ShouldContain("grpc-message: ");
        if (stranger) trailers.ShouldContain("grpc-status-details-bin: ");
    }

    [Fact]
    public async Task ServerStream_AsText_ArrivesPieceByPiece()
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(
            $"{ConnectClient.Case}/WatchCases", Body("-text", Frame(new WatchCasesRequest())), "application/grpc-web-text").WaitAsync(Patience);
        var body = new StreamReader(await answer.Content.ReadAsStreamAsync());
        foreach (var id in (string[])["a", "bc", "def"])
        {
            upstream.Seen.Watch.Writer.TryWrite(id).ShouldBeTrue();
            var sent = Frame(new WatchCasesResponse { Case = new() { CaseId = id } });
            var expected = Convert.ToBase64String(sent);
            var room = new char[expected.Length];
            await body.ReadBlockAsync(room, CancellationToken.None).AsTask().WaitAsync(Patience);
            new string(room).ShouldBe(expected);
        }
    }

    [Fact]
    public async Task ServerStream_WhoseServiceCrashes_EndsByUnavailable()
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync($"{ConnectClient.Case}/WatchCases", Frame(new WatchCasesRequest()), "application/grpc-web");
        upstream.Seen.Watch.Writer.TryWrite("first").ShouldBeTrue();
        var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[Frame(new WatchCasesResponse { Case = new() { CaseId = "first" } }).Length]).AsTask().WaitAsync(Patience);
        upstream.Seen.Watch.Writer.TryWrite(Seen.Crash).ShouldBeTrue();
        var rest = new MemoryStream();
        await body.CopyToAsync(rest).WaitAsync(Patience);
        var (messages, trailers) = Parse(rest.ToArray());
        messages.ShouldBeEmpty();
        trailers.ShouldContain("grpc-status: 14\r\n");
    }

    [Theory]
    [InlineData("application/grpc-web", new byte[0], false)]
    [InlineData("application/grpc-web-text", new byte[] { 65, 65, 65 }, true)]
    [InlineData("application/grpc-web-text", new byte[] { 42, 42, 42, 42 }, true)]
    public async Task Body_Broken_IsRefused(string type, byte[] body, bool byTheGateway)
    {
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(GetNode, body, type);
        var (_, trailers) = await ReadAsync(answer);
        trailers.ShouldContain("grpc-status: ");
        trailers.ShouldNotContain("grpc-status: 0\r\n");
        trailers.Contains("grpc-status: 3\r\n").ShouldBe(byTheGateway, trailers);
    }

    [Fact]
    public async Task Message_LargerThanAllowed_IsRefused()
    {
        using var client = new ConnectClient(gateway, "2.0");
        using var answer = await client.SendAsync(GetNode, Frame(new GetNodeRequest { Code = new string('x', 5_000_000) }), "application/grpc-web");
        (await ReadAsync(answer)).Trailers.ShouldContain("grpc-status: 8\r\n");
    }

    [Fact]
    public async Task Text_InSeveralPaddedPieces_IsRead()
    {
        var frame = Frame(new GetNodeRequest { Code = "140224205201" });
        var pieces = string.Concat(frame.Chunk(4).Select(piece => Convert.ToBase64String(piece)));
        using var client = new ConnectClient(gateway);
        using var answer = await client.SendAsync(GetNode, Encoding.ASCII.GetBytes(pieces), "application/grpc-web-text");
        Node.Parser.ParseFrom((await ReadAsync(answer)).Messages.ShouldHaveSingleItem()).Code.ShouldBe("140224205201");
    }

    private static byte[] Body(string type, byte[] frame) =>
        type.Contains("-text", StringComparison.Ordinal) ? Encoding.ASCII.GetBytes(Convert.ToBase64String(frame)) : frame;

    private static byte[] Frame(IMessage message)
    {
        var bytes = message.ToByteArray();
        byte[] prefix = [0, 0, 0, 0, 0];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), bytes.Length);
        return [.. prefix, .. bytes];
    }

    private static async Task<(IReadOnlyList<byte[]> Messages, string Trailers)> ReadAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsByteArrayAsync();
        if (answer.Content.Headers.ContentType!.MediaType!.Contains("-text", StringComparison.Ordinal)) body = Decoded(Encoding.ASCII.GetString(body));
        return Parse(body);
    }

    private static (IReadOnlyList<byte[]> Messages, string Trailers) Parse(byte[] body)
    {
        List<byte[]> messages = [];
        for (var at = 0; ;)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(at + 1));
            var content = body.AsSpan(at + 5, length).ToArray();
            if ((body[at] & 0x80) != 0)
            {
                (at + 5 + length).ShouldBe(body.Length);
                return (messages, Encoding.ASCII.GetString(content));
            }

            messages.Add(content);
            at += 5 + length;
        }
    }

    /// <summary>Pieces of base64, each with its padding.</summary>
    private static byte[] Decoded(string text) => [.. text.Chunk(4).SelectMany(four => Convert.FromBase64String(new string(four)))];
}
