using Google.Protobuf.Reflection;

namespace Jiceng.Bench.Inputs;

/// <summary>A gRPC call, specified down to the bytes of its frames.</summary>
/// <param name="Number">Number within the seed.</param>
/// <param name="Method">The method.</param>
/// <param name="Service">The target service: cadre, grid or scoring.</param>
/// <param name="Caller">The caller, one of <see cref="InputGenerator.Callers"/>.</param>
/// <param name="Direct">Whether to call the service directly instead of through the gateway.</param>
/// <param name="Body">The body: length-prefixed messages, or arbitrary bytes.</param>
/// <param name="Headers">Additional or overridden headers.</param>
/// <param name="What">Description of the defect.</param>
/// <param name="Kind">Location of the defect; decides which answers are acceptable.</param>
/// <param name="Sent">The only message, when it may be accepted and read back.</param>
internal sealed record BadInput(
    int Number, MethodDescriptor Method, string Service, string Caller, bool Direct, byte[] Body, IReadOnlyDictionary<string, string> Headers, string What, InputKind Kind,
    Google.Protobuf.IMessage? Sent)
{
    public string Path => $"/{Method.Service.FullName}/{Method.Name}";
}

/// <summary>Location of a defect.</summary>
internal enum InputKind
{
    /// <summary>In a field, or no defect.</summary>
    Field,

    /// <summary>In the bytes of a message.</summary>
    Wire,

    /// <summary>In the message frame.</summary>
    Frame,

    /// <summary>In the headers.</summary>
    Header,
}
