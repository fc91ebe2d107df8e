using Google.Protobuf.Reflection;

namespace Jiceng.Bench.Inputs;

/// <summary>One gRPC call to make, down to the bytes of its frames.</summary>
/// <param name="Number">Its number among those of the seed.</param>
/// <param name="Method">The method.</param>
/// <param name="Service">Which service is meant: cadre, grid, scoring.</param>
/// <param name="Caller">Who calls, one of <see cref="InputGenerator.Callers"/>.</param>
/// <param name="Direct">Straight to the service, not through the gateway.</param>
/// <param name="Body">The body: messages with their prefixes, or what is sent in their place.</param>
/// <param name="Headers">Headers beyond those that every call has, or in place of them.</param>
/// <param name="What">What is wrong with it.</param>
/// <param name="Kind">Where it is wrong, which decides what may be answered.</param>
/// <param name="Sent">The only message, when it can be accepted and what it stored be read back.</param>
internal sealed record BadInput(
    int Number, MethodDescriptor Method, string Service, string Caller, bool Direct, byte[] Body, IReadOnlyDictionary<string, string> Headers, string What, InputKind Kind,
    Google.Protobuf.IMessage? Sent)
{
    public string Path => $"/{Method.Service.FullName}/{Method.Name}";
}

/// <summary>Where an input is wrong.</summary>
internal enum InputKind
{
    /// <summary>In a field, or not at all.</summary>
    Field,

    /// <summary>In the bytes of a message.</summary>
    Wire,

    /// <summary>In the frame around it.</summary>
    Frame,

    /// <summary>In the headers.</summary>
    Header,
}
