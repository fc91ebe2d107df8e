using Jiceng.Bench.Load;

namespace Jiceng.Bench.Inputs;

/// <summary>Violations of HTTP/2: the server must close the connection or reset the stream, with no other effect.</summary>
internal static class BrokenFrames
{
    private const int Call = 1;
    private static readonly byte[] Nothing = [];

    /// <param name="seed">Seed of the random frames.</param>
    /// <param name="target">Target of the frames.</param>
    public static IEnumerable<(string What, Func<RawHttp2, CancellationToken, Task> Send)> All(int seed, Target target)
    {
        var headers = target.Call();
        (string, string)[] known = [(":method", "POST"), (":scheme", target.Address.Scheme)];
        yield return ("preface of HTTP/3", (connection, token) => connection.SendAsync("PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), token));
        yield return ("truncated preface", async (connection, token) =>
        {
            await connection.SendAsync("PRI * HTT"u8.ToArray(), token);
            connection.Finish();
        }
        );
        yield return Frames("data on stream 0", (Http2.Data, 0, 0, [0]));
        yield return Frames("data on a stream that is not open", (Http2.Data, 0, 5, [0]));
        yield return Frames("headers on stream 0", (Http2.Headers, Http2.EndHeaders, 0, headers));
        yield return Frames("headers on an even stream", (Http2.Headers, Http2.EndHeaders, 2, headers));
        yield return Frames("decreasing stream ids", (Http2.Headers, Http2.EndHeaders, 5, headers), (Http2.Headers, Http2.EndHeaders, 3, headers));
        yield return Frames("settings of 5 bytes", (Http2.Settings, 0, 0, new byte[5]));
        yield return Frames("settings on a stream", (Http2.Settings, 0, Call, Nothing));
        yield return Frames("window of 4 GB", (Http2.Settings, 0, 0, [0, 4, 255, 255, 255, 255]));
        yield return Frames("window increment of 0", (Http2.WindowUpdate, 0, 0, new byte[4]));
        yield return Frames("window beyond 2 GB", (Http2.WindowUpdate, 0, 0, [127, 255, 255, 255]));
        yield return Frames("ping of 7 bytes", (Http2.Ping, 0, 0, new byte[7]));
        yield return Frames("continuation without headers", (Http2.Continuation, Http2.EndHeaders, Call, headers));
        yield return Frames("ping between headers", (Http2.Headers, 0, Call, headers[..10]), (Http2.Ping, 0, 0, new byte[8]));
        yield return Frames("more padding than frame", (Http2.Headers, Http2.EndHeaders | Http2.Padded, Call, [255, .. headers[..20]]));
        yield return Frames("push promise from the client", (Http2.Push, Http2.EndHeaders, Call, [0, 0, 0, 2, .. headers]));
        yield return Frames("reset of a stream that is not open", (Http2.Reset, 0, 7, new byte[4]));
        yield return Frames("index 0 of the header table", (Http2.Headers, Http2.EndHeaders, Call, [0x80]));
        yield return Frames("index beyond the header table", (Http2.Headers, Http2.EndHeaders, Call, [0xFF, 0xFF, 0x7F]));
        yield return Frames("table of 4 GB", (Http2.Headers, Http2.EndHeaders, Call, [0x3F, 0xE0, 0xFF, 0xFF, 0xFF, 0x0F]));
        yield return Frames("no Huffman code", (Http2.Headers, Http2.EndHeaders, Call, [0, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0x61]));
        yield return Frames("truncated header", (Http2.Headers, Http2.EndHeaders, Call, headers[..^3]));
        yield return Frames("uppercase header name", (Http2.Headers, Http2.EndHeaders, Call, target.Call(("X-Name", "a"))));
        yield return Frames("line feed in a header", (Http2.Headers, Http2.EndHeaders, Call, target.Call(("x-name", "a\r\nb: c"))));
        yield return Frames("no path", (Http2.Headers, Http2.EndHeaders, Call, HeaderBlock.Of(known)));
        yield return Frames("path twice", (Http2.Headers, Http2.EndHeaders, Call, HeaderBlock.Of([.. known, (":path", Target.Method), (":path", "/")])));
        yield return Frames("path after the headers", (Http2.Headers, Http2.EndHeaders, Call, HeaderBlock.Of([.. known, ("te", "trailers"), (":path", Target.Method)])));
        yield return ("frame with a length of 16 MB", async (connection, token) =>
        {
            await connection.BeginAsync(token);
            await connection.FrameAsync(Http2.Headers, Http2.EndHeaders, Call, headers, token, length: 0xFFFFFF);
        }
        );
        yield return ("truncated frame", async (connection, token) =>
        {
            await connection.BeginAsync(token);
            await connection.FrameAsync(Http2.Headers, Http2.EndHeaders, Call, headers[..10], token, length: headers.Length);
            connection.Finish();
        }
        );
        yield return ("truncated message", async (connection, token) =>
        {
            await connection.BeginAsync(token);
            await connection.FrameAsync(Http2.Headers, Http2.EndHeaders, Call, headers, token);
            await connection.FrameAsync(Http2.Data, 0, Call, [0, 0, 0, 1, 0, 10, 20], token);
            connection.Finish();
        }
        );
        yield return ("random bytes", (connection, token) => connection.SendAsync(Random(new Random(seed), 100_000), token));
        yield return ("random frames", async (connection, token) =>
        {
            var random = new Random(seed);
            await connection.BeginAsync(token);
            for (var i = 0; i < 300; i++)
                await connection.FrameAsync((byte)random.Next(12), (byte)random.Next(256), random.Next(8), Random(random, random.Next(100)), token);
        }
        );
    }

    private static (string, Func<RawHttp2, CancellationToken, Task>) Frames(string what, params (byte Type, int Flags, int Stream, byte[] Payload)[] frames) => (what, async (connection, token) =>
    {
        await connection.BeginAsync(token);
        foreach (var (type, flags, stream, payload) in frames) await connection.FrameAsync(type, (byte)flags, stream, payload, token);
    }
    );

    private static byte[] Random(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
