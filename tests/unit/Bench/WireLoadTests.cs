using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Jiceng.Bench.Load;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Bench;

/// <summary>The server is hand-written too, so that it can respond in any way.</summary>
public sealed class WireLoadTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly byte[] CallHeaders = HeaderBlock.Of((":method", "POST"));
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string?> _ended = [];

    public WireLoadTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Calls_AnsweredByteByByte_EndWithTheirStatus()
    {
        using var caller = Caller(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 4; i++) caller.Add(new WireCall(0, TimeSpan.Zero));
        using var server = await AcceptAsync(caller);
        byte[] answers =
        [
            .. Frame(Http2.Headers, Http2.EndHeaders, 1, [0x20, 0x88]), .. Frame(Http2.Data, 0, 1, [0, 0, 0, 0, 1, 7]), .. End(1, ("grpc-status", "0")),
            .. End(3, ("grpc-status", "8"), ("grpc-status-details-bin", Details(new RetryInfo { RetryDelay = new Duration { Seconds = 1 } }))),
            .. End(5, ("grpc-status", "8"), ("grpc-status-details-bin", Details(new ErrorInfo { Reason = "NO_TIME" }))),
            .. Frame(Http2.Reset, 0, 7, [0, 0, 0, 7]),
        ];
        foreach (var part in answers)
        {
            await server.GetStream().WriteAsync(new[] { part }, Token);
            caller.Step(TimeSpan.Zero);
        }

        await UntilAsync(caller, () => caller.IsIdle);
        _ended.ShouldBe([null, "ResourceExhausted", WireCaller.WithoutRetryInfo, "Unavailable"]);
    }

    [Fact]
    public async Task SettingsAndPings_AreAcknowledged_AndStreamLimitIsKept()
    {
        using var caller = Caller(TimeSpan.FromMinutes(1));
        caller.Add(new WireCall(0, TimeSpan.Zero));
        using var server = await AcceptAsync(caller);
        await server.GetStream().WriteAsync((byte[])[.. Frame(Http2.Settings, 0, 0, [0, 3, 0, 0, 0, 2]), .. Frame(Http2.Ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])], Token);
        await ReadUntilAsync(caller, server, frame => frame.Header is { Type: Http2.Settings, Flags: Http2.Ack });
        var pong = await ReadUntilAsync(caller, server, frame => frame.Header is { Type: Http2.Ping, Flags: Http2.Ack });
        pong[^1].Payload.ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);

        for (var i = 0; i < 3; i++) caller.Add(new WireCall(0, TimeSpan.Zero));
        await server.GetStream().WriteAsync(Frame(Http2.Ping, 0, 0, new byte[8]), Token);
        caller.Step(TimeSpan.Zero);
        await ReadUntilAsync(caller, server, frame => frame.Header.Type == Http2.Ping);
        caller.Sent[0].ShouldBe(2);
        await server.GetStream().WriteAsync(End(1, ("grpc-status", "0")), Token);
        await UntilAsync(caller, () => caller.Sent[0] == 3);
    }

    [Fact]
    public async Task UnansweredCalls_AreAbandonedAndReset_IncludingQueuedOnes()
    {
        using var caller = Caller(TimeSpan.FromSeconds(5));
        caller.Add(new WireCall(0, TimeSpan.FromSeconds(1)));
        using var server = await AcceptAsync(caller);
        await server.GetStream().WriteAsync(Frame(Http2.Settings, 0, 0, [0, 3, 0, 0, 0, 1]), Token);
        await ReadUntilAsync(caller, server, frame => frame.Header is { Type: Http2.Settings, Flags: Http2.Ack });
        caller.Add(new WireCall(0, TimeSpan.FromSeconds(1)));
        caller.Step(TimeSpan.FromSeconds(5.9));
        _ended.ShouldBeEmpty();

        caller.Step(TimeSpan.FromSeconds(6.1));
        _ended.ShouldBe(["DeadlineExceeded", "DeadlineExceeded"]);
        var seen = await ReadUntilAsync(caller, server, frame => frame.Header.Type == Http2.Reset);
        (seen[^1].Header.Stream, seen[^1].Payload[3]).ShouldBe((1, (byte)8));
    }

    [Fact]
    public async Task LostConnection_IsUnavailable_AndTheNextCallReconnects()
    {
        using var caller = Caller(TimeSpan.FromMinutes(1));
        caller.Add(new WireCall(0, TimeSpan.Zero));
        using (await AcceptAsync(caller)) { }
        await UntilAsync(caller, () => _ended.Count == 1);
        caller.Add(new WireCall(0, TimeSpan.Zero));
        using var again = await AcceptAsync(caller);
        await again.GetStream().WriteAsync(Frame(Http2.GoAway, 0, 0, new byte[8]), Token);
        await UntilAsync(caller, () => _ended.Count == 2);
        _ended.ShouldBe(["Unavailable", "Unavailable"]);
    }

    [Fact]
    public async Task RunAsync_ServerDown_CountsEveryCallInItsDueSecond()
    {
        _listener.Stop();
        var timeline = new Timeline();
        var address = new IPEndPoint(IPAddress.Loopback, 1);
        using var load = new WireLoad([new LoadPhase(20, TimeSpan.FromSeconds(1)), new LoadPhase(50, TimeSpan.FromSeconds(1))], timeline, 3,
            (_, ended) => new WireCaller(address, CallHeaders, () => [], TimeSpan.FromSeconds(0.2), ended));
        var results = await load.RunAsync(Token);
        results.Select(result => result.Measurement.Errors["DeadlineExceeded"]).ShouldBe([20, 50]);
        results.Select(result => result.Offered).ShouldBe([0, 0]);
        timeline.Seconds().Select(second => (second.Second, second.Measurement.Failed)).ShouldBe([(0, 20), (1, 50)]);
    }

    private WireCaller Caller(TimeSpan patience) =>
        new((IPEndPoint)_listener.LocalEndpoint, CallHeaders, () => [1, 2, 3], patience, (_, status) => _ended.Add(status));

    /// <summary>Accepts the caller's connection and reads its preface.</summary>
    private async Task<TcpClient> AcceptAsync(WireCaller caller)
    {
        caller.Step(TimeSpan.Zero);
        var server = await _listener.AcceptTcpClientAsync(Token);
        var preface = new byte[Http2.Preface.Length];
        await server.GetStream().ReadExactlyAsync(preface, Token);
        preface.ShouldBe(Http2.Preface.ToArray());
        var seen = await ReadUntilAsync(caller, server, frame => frame.Header.Type == Http2.Data);
        seen.Select(frame => frame.Header.Type).ShouldBe([Http2.Settings, Http2.WindowUpdate, Http2.Headers, Http2.Data]);
        seen[^2].Payload.ShouldBe(CallHeaders);
        seen[^1].Payload.ShouldBe([0, 0, 0, 0, 3, 1, 2, 3]);
        return server;
    }

    private static async Task UntilAsync(WireCaller caller, Func<bool> holds)
    {
        while (!holds())
        {
            caller.Step(TimeSpan.Zero);
            await Task.Delay(1, Token);
        }
    }

    private static async Task<List<(FrameHeader Header, byte[] Payload)>> ReadUntilAsync(WireCaller caller, TcpClient server, Func<(FrameHeader Header, byte[] Payload), bool> last)
    {
        var seen = new List<(FrameHeader Header, byte[] Payload)>();
        while (seen.Count == 0 || !last(seen[^1]))
        {
            var head = new byte[Http2.HeaderBytes];
            while (server.Available == 0)
            {
                caller.Step(TimeSpan.Zero);
                await Task.Delay(1, Token);
            }

            await server.GetStream().ReadExactlyAsync(head, Token);
            var frame = Http2.ReadHeader(head);
            var payload = new byte[frame.Length];
            await server.GetStream().ReadExactlyAsync(payload, Token);
            seen.Add((frame, payload));
        }

        return seen;
    }

    private static byte[] End(int stream, params (string Name, string Value)[] fields) =>
        Frame(Http2.Headers, Http2.EndHeaders | Http2.EndStream, stream, HeaderBlock.Of(fields));

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[Http2.HeaderBytes + payload.Length];
        Http2.WriteHeader(frame, payload.Length, type, flags, stream);
        payload.CopyTo(frame, Http2.HeaderBytes);
        return frame;
    }

    private static string Details(IMessage detail) =>
        Convert.ToBase64String(new Google.Rpc.Status { Code = 8, Details = { Any.Pack(detail) } }.ToByteArray()).TrimEnd('=');
}
