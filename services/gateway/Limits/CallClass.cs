using System.Collections.Frozen;
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

/// <summary>The class of every method, read once from the contracts.</summary>
internal sealed class CallClasses(ContractMethods methods)
{
    private readonly FrozenDictionary<string, CallClass> classes = methods.Services.SelectMany(service => service.Methods)
        .ToFrozenDictionary(ContractMethods.PathOf, ClassOf, StringComparer.Ordinal);

    /// <summary>The class of the method that a request path names.</summary>
    public CallClass? Find(string? path) => path is not null && classes.TryGetValue(path, out var found) ? found : null;

    /// <summary>The class of a request that costs something: a call that is forwarded, or a document of the gateway.</summary>
    public CallClass? Of(HttpContext context) => context.IsForwarded() ? Find(context.Request.Path.Value) : context.IsDocument() ? CallClass.Read : null;

    private static CallClass ClassOf(MethodDescriptor method) => method switch
    {
        { IsClientStreaming: true } => CallClass.Import,
        { IsServerStreaming: true } => CallClass.Stream,
        _ when method.InputType.FindFieldByName("request_id") is not null => CallClass.Write,
        _ => CallClass.Read,
    };
}

internal static class CallClassKinds
{
    /// <summary>The word for the class in keys, headers and metrics.</summary>
    public static string Word(this CallClass kind) => kind switch
    {
        CallClass.Read => "read",
        CallClass.Write => "write",
        CallClass.Stream => "stream",
        _ => "import",
    };

    /// <summary>Whether a call of the class changes something.</summary>
    public static bool Changes(this CallClass kind) => kind is CallClass.Write or CallClass.Import;

    /// <summary>Whether a call of the class may stay for long.</summary>
    public static bool Stays(this CallClass kind) => kind is CallClass.Stream or CallClass.Import;
}
