using Google.Protobuf.Reflection;
using Jiceng.Gateway.Documents;
using Jiceng.Gateway.Routing;

namespace Jiceng.Gateway.Limits;

/// <summary>What a call costs, roughly; each class has a rate of its own.</summary>
internal enum CallClass
{
    /// <summary>Changes nothing.</summary>
    Read,

    /// <summary>Changes something: every changing method takes a request id.</summary>
    Write,

    /// <summary>Goes on until the caller has enough.</summary>
    Stream,

    /// <summary>Brings in any number of rows.</summary>
    Import,
}

internal static class CallClassExtensions
{
    /// <summary>The class of a request that counts against a rate: a call to a service, or a document of the gateway; null for any other.</summary>
    public static CallClass? GetCallClass(this HttpContext context) =>
        context.Features.Get<ContractMethod>()?.Class ?? (context.IsDocument() ? CallClass.Read : null);

    public static CallClass ClassOf(MethodDescriptor method) => method switch
    {
        { IsClientStreaming: true } => CallClass.Import,
        { IsServerStreaming: true } => CallClass.Stream,
        _ when method.InputType.FindFieldByName("request_id") is not null => CallClass.Write,
        _ => CallClass.Read,
    };

    /// <summary>The name of the class in keys, headers and metrics.</summary>
    public static string Name(this CallClass kind) => kind switch
    {
        CallClass.Read => "read",
        CallClass.Write => "write",
        CallClass.Stream => "stream",
        _ => "import",
    };

    /// <summary>Whether a call of the class changes something.</summary>
    public static bool IsWrite(this CallClass kind) => kind is CallClass.Write or CallClass.Import;

    /// <summary>Whether a call of the class may last: a stream in either direction.</summary>
    public static bool IsLongLived(this CallClass kind) => kind is CallClass.Stream or CallClass.Import;
}
