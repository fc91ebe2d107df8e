using System.Buffers.Binary;
using System.IO.Compression;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Common.V1;
using Jiceng.Contracts;
using Jiceng.Grid.V1;

namespace Jiceng.Bench.Inputs;

/// <summary>Generates the inputs of a seed. Pure: the same seed, number and known values give the same input.</summary>
internal static class InputGenerator
{
    public const string Nobody = "nobody";
    public const string Forger = "forger";
    public const string Organizer = "county_organizer";
    public const string Worker = "grid_worker";
    public const string Operator = "operator";
    public const string System = "government_system";
    private const int Bomb = 64 * 1024 * 1024;

    /// <summary>The callers; all but the first two have a token.</summary>
    public static readonly string[] Callers = [Nobody, Forger, Organizer, Worker, Operator, System, "township_committee", "village_secretary", "department", "auditor", "service"];

    private static readonly MethodDescriptor[] Methods = [.. ContractFiles.Services.SelectMany(service => service.Methods)];
    private static readonly string[] Services = ["cadre", "grid", "scoring"];
    private static readonly byte[] ZippedBomb = Zip(new byte[Bomb]);

    private static readonly (string Name, string Value)[] Headers =
    [
        ("content-type", "application/json"), ("content-type", "text/plain; charset=utf-16"), ("content-type", "application/grpc-web"), ("content-type", "application/grpc+json"),
        ("content-type", "application/grpc+proto; charset=../.."), ("content-type", "multipart/form-data"),
        ("te", "gzip"), ("grpc-timeout", "1n"), ("grpc-timeout", "99999999H"), ("grpc-timeout", "-1S"), ("grpc-timeout", "abc"), ("grpc-timeout", "999999999999999S"), ("grpc-timeout", ""),
        ("grpc-encoding", "br"), ("grpc-encoding", "gzip"), ("grpc-accept-encoding", "snappy,identity;q=0"), ("traceparent", "00-zz-00-01"), ("tracestate", "a=b,=,,"), ("traceparent", "ff-0"),
        ("baggage", "a=%00%zz"), ("x-junk-bin", "not base64!"), ("authorization", "Bearer"), ("authorization", "Basic YTpi"), ("authorization", "Bearer a.b.c"),
        ("authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."), ("jiceng-service", "nowhere"), ("jiceng-service", "grid,cadre"), ("accept-encoding", "identity;q=0"),
        ("x-long", new string('x', 8_000)), ("host", "evil.example"), ("x-http-method-override", "DELETE"), ("content-length", "7"),
    ];

    public static BadInput Make(int seed, int number, KnownValues known)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var method = Methods[random.Next(Methods.Length)];
        var service = method.File.Package.Split('.')[1];
        if (service == "common") service = Services[random.Next(Services.Length)];
        var caller = random.Next(6) == 0 ? Callers[random.Next(Callers.Length)] : Usual(method);
        var direct = random.Next(4) == 0;

        var maker = new MessageMaker(known, random);
        var messages = method.IsClientStreaming ? Stream(maker, method, random) : [maker.Make(method)];
        BadInput Input(byte[] body, string what, InputKind kind, IMessage? sent = null, Dictionary<string, string>? headers = null) =>
            new(number, method, service, caller, direct, body, headers ?? [], what, kind, sent);

        switch (random.Next(20))
        {
            case 0:
                return Input(Frames(messages), "nothing", InputKind.Field, Only(messages));
            case < 4:
                var stored = string.Join("; ", messages.Select(message => new FieldMutations(random).Storable(message)));
                return Input(Frames(messages), stored, InputKind.Field, Only(messages));
            case < 13:
                var mutations = new FieldMutations(random);
                var done = new List<string>();
                for (var i = random.Next(1, 4); i > 0; i--) done.Add(mutations.Apply(messages[random.Next(messages.Length)]));
                return Input(Frames(messages), string.Join("; ", done), InputKind.Field, Only(messages));
            case < 16:
                var spoilt = messages[^1];
                var (bytes, what) = new WireMutations(random).Apply(spoilt.ToByteArray(), spoilt.Descriptor, () => maker.Make(method).ToByteArray());
                return Input([.. Frames(messages.AsSpan(..^1)), .. Frame(bytes)], what, InputKind.Wire);
            case < 18:
                var (body, wrong, encoding) = SpoilFrame(messages, random);
                return Input(body, wrong, InputKind.Frame, headers: encoding is null ? null : new() { ["grpc-encoding"] = encoding });
            default:
                var (name, value) = Headers[random.Next(Headers.Length)];
                return Input(Frames(messages), $"{name}: {(value.Length > 60 ? value[..60] + "…" : value)}", InputKind.Header, headers: new() { [name] = value });
        }
    }

    /// <summary>Frames a message with its flag and length.</summary>
    public static byte[] Frame(byte[] message, byte flag = 0, uint? length = null)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length ?? (uint)message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static byte[] Frames(ReadOnlySpan<IMessage> messages)
    {
        using var body = new MemoryStream();
        foreach (var message in messages) body.Write(Frame(message.ToByteArray()));
        return body.ToArray();
    }

    private static IMessage? Only(IMessage[] messages) => messages is [var one] ? one : null;

    private static IMessage[] Stream(MessageMaker maker, MethodDescriptor method, Random random)
    {
        var messages = Enumerable.Range(0, random.Next(1, 4)).Select(_ => maker.Make(method)).ToArray();
        // An import starts with its options.
        if (random.Next(4) > 0) messages[0] = new ImportNodesRequest { Options = new ImportNodesOptions { DryRun = random.Next(2) == 0 } };
        return messages;
    }

    private static (byte[] Body, string What, string? Encoding) SpoilFrame(IMessage[] messages, Random random)
    {
        var message = messages[^1].ToByteArray();
        return random.Next(13) switch
        {
            0 => (Frame(message, length: int.MaxValue), "length of 2 GB", null),
            1 => (Frame(message, length: uint.MaxValue), "length of 4 GB", null),
            2 => (Frame(message, length: (uint)message.Length + 1), "length too large by one", null),
            3 => (Frame(message, length: (uint)Math.Max(0, message.Length - 1)), "length too small by one", null),
            4 => (Frame(message)[..random.Next(5)], "truncated prefix", null),
            5 => ([], "no message", null),
            6 => ([.. Frame(message), .. Frame(message)], "message twice", null),
            7 => (Frame(message, flag: 1), "compressed flag without an encoding", null),
            8 => (Frame(message, flag: 1), "compressed with an unknown encoding", "snappy"),
            9 => (Frame(message, flag: 1), "no gzip", "gzip"),
            10 => (Frame(Zip(message), flag: 1), "gzip", "gzip"),
            11 => (Frame(message, flag: (byte)random.Next(2, 256)), "unknown flag", null),
            // Rare, since it takes time.
            _ => random.Next(8) == 0 ? (Frame(ZippedBomb, flag: 1), "64 MB of zeros in gzip", "gzip") : (Frame(new byte[5 * 1024 * 1024]), "5 MB", null),
        };
    }

    private static string Usual(MethodDescriptor method) => method.Name switch
    {
        "StartCase" or "ReturnCase" or "FinishCase" or "HandInItem" => Worker,
        _ => method.GetOptions().GetExtension(AccessExtensions.Access).Permission switch
        {
            Permission.EventRead => System,
            Permission.Operate => Operator,
            _ => Organizer,
        },
    };

    private static byte[] Zip(byte[] bytes)
    {
        using var buffer = new MemoryStream();
        using (var zip = new GZipStream(buffer, CompressionLevel.Fastest)) zip.Write(bytes);
        return buffer.ToArray();
    }
}
