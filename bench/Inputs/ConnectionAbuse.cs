using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Bench.Load;
using Jiceng.Cli;
using Jiceng.Cli.Commands;
using Jiceng.Grid.V1;
using Spectre.Console;

namespace Jiceng.Bench.Inputs;

/// <summary>
/// Abuses connections to the gateway's TLS port and to a service: broken frames, slow or silent peers, floods. The server must end each
/// connection, and other callers must be served during and after the abuse.
/// </summary>
/// <param name="brief">A short form for tests: fewer connections, and no limits of 30 s or more.</param>
internal sealed class ConnectionAbuse(PrivateSuite suite, InputWorld world, InputSender sender, InputFindings findings, InputsWanted wanted, bool brief)
{
    /// <summary>Broken frames end a connection at once and slow peers within seconds; the rest allows for a slow machine.</summary>
    private static readonly TimeSpan QuickLimit = TimeSpan.FromSeconds(20);

    /// <summary>Headers must arrive within 30 s, and a peer that does not answer pings is disconnected after 50 s.</summary>
    private static readonly TimeSpan TimeoutLimit = TimeSpan.FromSeconds(80);

    /// <summary>A connection without a call is closed after 130 s.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan LongestPing = TimeSpan.FromSeconds(10);

    private readonly Target _gateway = new(
        "gateway, TLS", new Uri(suite.Installation.GatewayTlsAddress), Fingerprint(suite.Installation.Secrets.CertificateFile), world.Token(InputGenerator.Organizer));

    private readonly Target _service = new("grid", sender.Endpoint("grid", "Grpc"), null, world.Token(InputGenerator.Organizer));
    private readonly Lock _gate = new();
    private readonly List<(string What, string Where, string How)> _ended = [];

    private Target[] Targets => [_gateway, _service];

    /// <summary>Sends broken frames one after another, each followed by a regular call.</summary>
    public Task BreakAsync(Action<string> report, CancellationToken token) => WithRegularCallsAsync(async () =>
    {
        foreach (var target in Targets)
        {
            report(target.Name);
            await AnswersAsync(target, token);
            foreach (var (what, send) in BrokenFrames.All(wanted.Seed, target)) await EndsAsync(what, target, connection => send(connection, token), token);
            await EndsAsync("100 KB of headers", target, connection => HeadersAsync(connection, target, 1, token), token);
            await EndsAsync("2 MB of headers", target, connection => HeadersAsync(connection, target, 20, token), token);
            await SurvivesAsync("calls taken back at once", target, connection => ResetStreamsAsync(connection, target, token), token);
            await SurvivesAsync("pings with unread answers", target, connection => PingsAsync(connection, token), token);
            await SurvivesAsync("callers that vanish in a message", target, _ => VanishAsync(target, token), token);
        }

        await WatchersAsync(brief ? 300 : 3_000, report, token);
    }, token);

    /// <summary>Runs the slow and silent peers in parallel.</summary>
    public Task WaitAsync(CancellationToken token) => WithRegularCallsAsync(async () =>
    {
        List<Task> slow = [TlsAsync(token), EventAsync(token), .. Targets.Select(target => SlowAsync(target, token))];
        if (!brief) slow.AddRange(Targets.Select(target => LongTimeoutsAsync(target, token)));
        await Task.WhenAll(slow);
    }, token);

    /// <summary>Shows how each connection ended.</summary>
    public void Show(Screen screen)
    {
        var places = _ended.Select(end => end.Where).Distinct().ToList();
        var table = new Table().Border(TableBorder.Simple).AddColumn("connections");
        foreach (var place in places) table.AddColumn(Markup.Escape(place));
        foreach (var row in _ended.GroupBy(end => end.What))
            table.AddRow([Markup.Escape(row.Key), .. places.Select(place => Markup.Escape(row.FirstOrDefault(end => end.Where == place).How ?? ""))]);
        screen.Console.Write(table);
    }

    private static string Fingerprint(string file)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
        return certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
    }

    private Task SlowAsync(Target target, CancellationToken token) => Task.WhenAll(
        EndsAsync("call that sends nothing", target, connection => MessageAsync(connection, target, 0, token), token),
        EndsAsync("one byte per second in a message", target, connection => MessageAsync(connection, target, 60, token), token),
        // HTTP/2 has no limit for slow readers, since it would end the other calls of the connection: only an unanswered ping does.
        EndsAsync("caller that reads no answer", target, connection => LeaveUnreadAsync(connection, target, token), token, TimeoutLimit));

    /// <summary>Connections that are closed only after 30 s or more.</summary>
    private Task LongTimeoutsAsync(Target target, CancellationToken token) => Task.WhenAll(
        EndsAsync("endless headers", target, connection => HeadersAsync(connection, target, 0, token), token, TimeoutLimit),
        EndsAsync("peer that answers no ping", target, connection => connection.BeginAsync(token), token, TimeoutLimit),
        SilentAsync("silence", target, RawHttp2.ConnectAsync, 1_000, IdleLimit, token));

    private Task TlsAsync(CancellationToken token) => Task.WhenAll(
        EndsAsync("no TLS", _gateway, connection => connection.BeginAsync(token), token, connect: RawHttp2.ConnectBareAsync),
        EndsAsync("one byte per second of a TLS hello", _gateway, connection => DripAsync(connection, [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3], token), token, connect: RawHttp2.ConnectBareAsync),
        SilentAsync("silence before TLS", _gateway, RawHttp2.ConnectBareAsync, brief ? 500 : 2_000, QuickLimit, token));

    /// <summary>The port for events from the sidecar speaks HTTP/1.1.</summary>
    private async Task EventAsync(CancellationToken token)
    {
        var port = new Target("scoring, events", sender.Endpoint("scoring", "Http"), null, null);
        var head = $"POST /events/jiceng.grid.case.v1 HTTP/1.1\r\nHost: jiceng\r\ndapr-api-token: {suite.Installation.Secrets.AppToken}\r\nContent-Length: 1000\r\n\r\n";
        await Task.WhenAll(
            EndsAsync("one byte per second in an event", port, connection => DripAsync(connection, Encoding.ASCII.GetBytes(head), token), token),
            EndsAsync("truncated event", port, async connection =>
            {
                await connection.SendAsync(Encoding.ASCII.GetBytes(head), token);
                connection.Finish();
            }, token),
            EndsAsync("event of 1 TB", port, connection => connection.SendAsync(Encoding.ASCII.GetBytes(head.Replace("1000", "1000000000000", StringComparison.Ordinal)), token), token),
            EndsAsync("HTTP/2 to HTTP/1.1", port, connection => connection.BeginAsync(token), token),
            brief ? Task.CompletedTask : EndsAsync("one byte per second in a header", port, connection => DripAsync(connection, "GET /livez HTTP/1.1\r\nX-Slow: "u8.ToArray(), token), token, TimeoutLimit));
    }

    /// <summary>A valid call must be answered, so that the other results are caused by the abuse.</summary>
    private async Task AnswersAsync(Target target, CancellationToken token)
    {
        using var connection = await RawHttp2.ConnectAsync(target, token);
        await connection.BeginAsync(token);
        await CallAsync(connection, target, token);
        var well = await connection.AnswersAsync(1, QuickLimit, token);
        Record("valid call", target, well ? "answered" : "not answered");
        if (!well) findings.Add($"valid call {target.Name}", $"{target.Name} does not answer a valid call with hand-written frames.");
    }

    private async Task EndsAsync(string what, Target target, Func<RawHttp2, Task> abuse, CancellationToken token, TimeSpan? within = null,
        Func<Target, CancellationToken, Task<RawHttp2>>? connect = null)
    {
        using var connection = await (connect ?? RawHttp2.ConnectAsync)(target, token);
        var start = TimeProvider.System.GetTimestamp();
        var abusing = IgnoreDisconnectAsync(abuse(connection));
        var well = await connection.EndsAsync(1, within ?? QuickLimit, token);
        Judge(what, target, well, start, $"did not end within {(within ?? QuickLimit).TotalSeconds:0} s");
        connection.Dispose();
        await abusing;
        await world.PingAsync(token);
    }

    /// <summary>The server may close the connection, but must keep serving others.</summary>
    private async Task SurvivesAsync(string what, Target target, Func<RawHttp2, Task> abuse, CancellationToken token)
    {
        using var connection = await RawHttp2.ConnectAsync(target, token);
        await IgnoreDisconnectAsync(abuse(connection));
        await world.PingAsync(token);
        Record(what, target, "survived");
    }

    /// <param name="connection">The connection.</param>
    /// <param name="target">Its target.</param>
    /// <param name="times">Number of times to send 100 KB of headers; 0 for a few headers that never end.</param>
    /// <param name="token">Cancels the operation.</param>
    private async Task HeadersAsync(RawHttp2 connection, Target target, int times, CancellationToken token)
    {
        await connection.BeginAsync(token);
        var block = target.Call([.. Enumerable.Range(0, 13).Select(i => ($"x-{i}", new string('x', 8_000)))]);
        await connection.FrameAsync(Http2.Headers, 0, 1, block[..16_000], token);
        for (var time = 0; time < times; time++)
        {
            for (var at = 16_000; at < block.Length; at += 16_000)
            {
                var last = times == 1 && at + 16_000 >= block.Length;
                await connection.FrameAsync(Http2.Continuation, last ? Http2.EndHeaders : (byte)0, 1, block[at..Math.Min(at + 16_000, block.Length)], token);
            }
        }
    }

    /// <summary>Starts a call whose message arrives at one byte per second, or not at all.</summary>
    private async Task MessageAsync(RawHttp2 connection, Target target, int bytes, CancellationToken token)
    {
        await connection.BeginAsync(token);
        await connection.FrameAsync(Http2.Headers, Http2.EndHeaders, 1, target.Call(), token);
        if (bytes == 0) return;
        await connection.FrameAsync(Http2.Data, 0, 1, [0, 0, 0, 0, (byte)bytes], token);
        for (var i = 0; i < bytes; i++)
        {
            await connection.FrameAsync(Http2.Data, 0, 1, [0], token);
            await Task.Delay(TimeSpan.FromSeconds(1), token);
        }
    }

    /// <summary>Makes a valid call with no window for its answer.</summary>
    private async Task LeaveUnreadAsync(RawHttp2 connection, Target target, CancellationToken token)
    {
        await connection.BeginAsync(token);
        await connection.FrameAsync(Http2.Settings, 0, 0, [0, 4, 0, 0, 0, 0], token);
        await CallAsync(connection, target, token);
    }

    private static async Task CallAsync(RawHttp2 connection, Target target, CancellationToken token)
    {
        await connection.FrameAsync(Http2.Headers, Http2.EndHeaders, 1, target.Call(), token);
        await connection.FrameAsync(Http2.Data, Http2.EndStream, 1, InputGenerator.Frame(new GetNodeRequest { Code = InputWorld.Village }.ToByteArray()), token);
    }

    private async Task ResetStreamsAsync(RawHttp2 connection, Target target, CancellationToken token)
    {
        await connection.BeginAsync(token);
        var call = target.Call();
        var cancel = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(cancel, 8);
        for (var i = 0; i < (brief ? 500 : 5_000); i++)
        {
            await connection.FrameAsync(Http2.Headers, Http2.EndHeaders, 1 + (2 * i), call, token);
            await connection.FrameAsync(Http2.Reset, 0, 1 + (2 * i), cancel, token);
        }
    }

    private async Task PingsAsync(RawHttp2 connection, CancellationToken token)
    {
        await connection.BeginAsync(token);
        for (var i = 0; i < (brief ? 5_000 : 50_000); i++) await connection.FrameAsync(Http2.Ping, 0, 0, new byte[8], token).WaitAsync(QuickLimit, token);
    }

    private async Task VanishAsync(Target target, CancellationToken token)
    {
        for (var i = 0; i < (brief ? 20 : 200); i++)
        {
            using var connection = await RawHttp2.ConnectAsync(target, token);
            await connection.BeginAsync(token);
            await connection.FrameAsync(Http2.Headers, Http2.EndHeaders, 1, target.Call(), token);
            await connection.FrameAsync(Http2.Data, 0, 1, [0, 0, 1, 0, 0, 10, 20], token);
            // Half of them reset before the call starts, half after.
            if (i % 2 == 0) await Task.Delay(20, token);
            connection.Vanish();
        }
    }

    private static async Task DripAsync(RawHttp2 connection, byte[] head, CancellationToken token)
    {
        await connection.SendAsync(head, token);
        for (var i = 0; i < TimeoutLimit.TotalSeconds; i++)
        {
            await connection.SendAsync([(byte)'x'], token);
            await Task.Delay(TimeSpan.FromSeconds(1), token);
        }
    }

    /// <summary>Opens connections that stay silent.</summary>
    private async Task SilentAsync(string what, Target target, Func<Target, CancellationToken, Task<RawHttp2>> connect, int count, TimeSpan within, CancellationToken token)
    {
        var silent = new List<RawHttp2>();
        try
        {
            for (var i = 0; i < count; i++) silent.Add(await connect(target, token));
            await world.PingAsync(token);
            var start = TimeProvider.System.GetTimestamp();
            var ended = await Task.WhenAll(silent.Select(connection => connection.EndsAsync(1, within, token)));
            Judge(string.Create(CultureInfo.InvariantCulture, $"{what}, {count:#,0} times"), target, ended.All(end => end), start,
                $"did not end within {within.TotalSeconds:0} s on {ended.Count(end => !end)} connections");
        }
        finally
        {
            foreach (var connection in silent) connection.Dispose();
        }
    }

    /// <summary>Opens more idle watches than a connection has streams.</summary>
    private async Task WatchersAsync(int count, Action<string> report, CancellationToken token)
    {
        using var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, SslOptions = _gateway.Tls };
        using var channel = GrpcChannel.ForAddress(_gateway.Address, new GrpcChannelOptions { HttpHandler = handler });
        var client = new CaseService.CaseServiceClient(channel);
        var headers = new Metadata { { "authorization", $"Bearer {_gateway.Bearer}" } };
        var watchers = new List<AsyncServerStreamingCall<WatchCasesResponse>>();
        var start = TimeProvider.System.GetTimestamp();
        var what = string.Create(CultureInfo.InvariantCulture, $"{count:#,0} idle watches");
        try
        {
            for (var i = 0; i < count; i++)
            {
                watchers.Add(client.WatchCases(new WatchCasesRequest { NodeCode = InputWorld.Village }, new CallOptions(headers, cancellationToken: token)));
                if (i % 100 == 99) report($"{i + 1} idle watches");
            }

            var heard = await Task.WhenAll(watchers.Select(watcher => watcher.ResponseStream.MoveNext(token)));
            await world.PingAsync(token);
            if (heard.All(one => one)) Record(what, _gateway, "survived");
            else Judge(what, _gateway, false, start, $"{heard.Count(one => !one)} were rejected");
        }
        catch (RpcException e)
        {
            Judge(what, _gateway, false, start, e.Status.ToString());
        }
        finally
        {
            foreach (var watcher in watchers) watcher.Dispose();
        }
    }

    private async Task WithRegularCallsAsync(Func<Task> abuse, CancellationToken token)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var pinging = PingAsync(stop.Token);
        try
        {
            await abuse();
        }
        finally
        {
            await stop.CancelAsync();
            await pinging;
        }
    }

    /// <summary>Regular calls, which must stay fast during the abuse.</summary>
    private async Task PingAsync(CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            var start = TimeProvider.System.GetTimestamp();
            try
            {
                await world.PingAsync(token);
                var took = TimeProvider.System.GetElapsedTime(start);
                if (took > LongestPing) findings.Add("slow meanwhile", $"A regular call took {took.TotalSeconds:0.0} s while connections were abused.");
                await Task.Delay(200, token);
            }
            catch (Exception e) when (e is OperationCanceledException or RpcException && token.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException e)
            {
                findings.Add("broken meanwhile", $"A regular call failed while connections were abused: {e.Status}");
            }
        }
    }

    private void Judge(string what, Target target, bool well, long start, string problem)
    {
        Record(what, target, well ? string.Create(CultureInfo.InvariantCulture, $"ended after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s") : "not ended");
        if (!well) findings.Add($"{what} {target.Name}", $"{what}, {target.Name}: {problem}");
    }

    private void Record(string what, Target target, string how)
    {
        lock (_gate) _ended.Add((what, target.Name, how));
    }

    /// <summary>Ignores that the server closes the connection while frames are sent.</summary>
    private static async Task IgnoreDisconnectAsync(Task abuse)
    {
        try
        {
            await abuse;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or TimeoutException)
        {
        }
    }
}
