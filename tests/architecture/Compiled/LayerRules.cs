using System.Reflection;
using Grpc.Core;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.ArchitectureTests.Compiled;

/// <summary>Which kind of code belongs in which namespace, library or type.</summary>
internal static class LayerRules
{
    private const string PureMayUse = "the domain uses only the BCL, Jiceng.Domain, the service's errors and other domain types";
    private static readonly string[] Writes = ["Add", "Append", "Insert", "Save", "Update"];
    private static readonly string Runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    /// <summary>Whether a type belongs to the domain of a subject, or holds the errors that the domain throws.</summary>
    public static bool IsPure(Type type) =>
        type.Namespace is { } name && IsOfService(type)
        && (name.EndsWith(".Domain", StringComparison.Ordinal) || type.Name.EndsWith("Errors", StringComparison.Ordinal));

    /// <summary>A pure type uses the BCL, Jiceng.Domain and other pure types; no clock and no I/O.</summary>
    public static IEnumerable<string> Impure(Reference reference)
    {
        if (!IsPure(reference.From)) return [];
        if (Clock(reference) is { } clock) return [$"{reference.From}: reads {clock}: pass the time to the domain."];
        // An iterator made by the compiler looks at the number of the thread.
        if (InputOutput(reference.Type) && reference.Member?.Name != "get_CurrentManagedThreadId") return [$"{reference.From}: uses {reference.Type}: the domain does no input or output."];
        var allowed = IsBaseLibrary(reference.Type.Assembly)
            || AssemblyOf(reference.Type) == "Jiceng.Domain"
            || (reference.Type.Assembly == reference.From.Assembly && (IsPure(Reference.Outermost(reference.Type)) || IsGenerated(reference.Type)));
        return allowed ? [] : [$"{reference.From}: uses {reference.Type}: {PureMayUse}."];
    }

    /// <summary>Others may hand a connection on; only stores use one.</summary>
    public static IEnumerable<string> SqlOutsideStores(Reference reference)
    {
        var isSql = reference.Member?.DeclaringType?.Assembly.GetName().Name is "Npgsql" or "Dapper" || reference.Type == typeof(ConnectionQueries);
        var mayUse = AssemblyOf(reference.From) is "Jiceng.Persistence" or "Jiceng.Messaging"
            || reference.From.Name.EndsWith("Store", StringComparison.Ordinal)
            || IsGenerated(reference.From);
        return isSql && !mayUse
            ? [$"{reference.From}: calls {reference.Member!.DeclaringType!.Name}.{reference.Member.Name}: SQL stays in *Store types and libs/Persistence."]
            : [];
    }

    /// <summary>
    /// A change of state publishes its events: a writer does both, and where a subject has one nobody else calls the writes of its store.
    /// </summary>
    public static IEnumerable<string> WrittenWithoutEvents(Reference reference)
    {
        if (reference.Member is not MethodBase called || reference.From.Name.EndsWith("Writer", StringComparison.Ordinal)) return [];
        if (called.DeclaringType == typeof(EventPublishing) && AssemblyOf(reference.From) != "Jiceng.Messaging")
            return [$"{reference.From}: publishes an event: a *Writer does, with the change that the event reports."];
        var store = called.DeclaringType!;
        var isWrite = store.Name.EndsWith("Store", StringComparison.Ordinal) && Writes.Any(verb => called.Name.StartsWith(verb, StringComparison.Ordinal));
        var writer = isWrite && store != reference.From ? store.Assembly.GetType($"{store.FullName![..^"Store".Length]}Writer") : null;
        return writer is null ? [] : [$"{reference.From}: calls {store.Name}.{called.Name}: {writer.Name} writes, and publishes the events."];
    }

    public static IEnumerable<string> DaprOutsideMessaging(Reference reference) =>
        AssemblyOf(reference.Type).StartsWith("Dapr.", StringComparison.Ordinal) && AssemblyOf(reference.From) != "Jiceng.Messaging"
            ? [$"{reference.From}: uses {reference.Type}: only libs/Messaging knows Dapr."]
            : [];

    public static IEnumerable<string> StatusMadeOutsideRpc(Reference reference) =>
        reference.Member is ConstructorInfo made && made.DeclaringType == typeof(RpcException)
            && AssemblyOf(reference.From) is not ("Jiceng.Rpc" or "Jiceng.Gateway")
            ? [$"{reference.From}: makes an RpcException: throw reason.With(…) of an *Errors class; libs/Rpc turns it into a status."]
            : [];

    private static bool IsOfService(Type type) => AssemblyOf(type) is not ("Jiceng.Domain" or "Jiceng.Contracts" or "Jiceng.Hosting"
        or "Jiceng.Persistence" or "Jiceng.Rpc" or "Jiceng.Messaging" or "Jiceng.Webhooks" or "Jiceng.Gateway");

    private static string AssemblyOf(Type type) => type.Assembly.GetName().Name ?? "";

    private static bool IsBaseLibrary(Assembly assembly) => assembly.Location.StartsWith(Runtime, StringComparison.Ordinal);

    /// <summary>What the compiler and its generators add: inline arrays, regular expressions, interceptors.</summary>
    private static bool IsGenerated(Type type) =>
        type.Namespace is null or "System.Text.RegularExpressions.Generated" || type.Name.StartsWith('<')
        || type.Namespace.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static string? Clock(Reference reference) => reference.Member switch
    {
        { Name: "get_Now" or "get_UtcNow" or "get_Today" } when reference.Type == typeof(DateTime) || reference.Type == typeof(DateTimeOffset) => reference.Type.Name,
        { Name: "GetUtcNow" or "get_System" } when reference.Type == typeof(TimeProvider) => "TimeProvider",
        { Name: "GetTimestamp" } when reference.Type == typeof(System.Diagnostics.Stopwatch) => "Stopwatch",
        _ => null,
    };

    private static bool InputOutput(Type type) => type == typeof(File) || type == typeof(Directory) || type == typeof(Console)
        || type == typeof(Environment) || type.Namespace?.StartsWith("System.Net", StringComparison.Ordinal) == true;
}
