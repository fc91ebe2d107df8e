using System.Reflection;
using System.Text.RegularExpressions;
using Grpc.Core;

namespace Jiceng.ArchitectureTests.Compiled;

/// <summary>Where in a service or library a kind of code belongs, file by file.</summary>
internal static partial class LayerRules
{
    private static readonly string Runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    /// <summary>Whether a file of a service holds only the domain: nothing in its name says that it touches the outside.</summary>
    public static bool IsPure(string file) =>
        file.StartsWith("services/", StringComparison.Ordinal)
        && !file.StartsWith("services/gateway/", StringComparison.Ordinal)
        && !Outside().IsMatch(Path.GetFileNameWithoutExtension(file));

    /// <summary>A pure file uses the BCL, Jiceng.Domain and other pure files; no clock and no I/O.</summary>
    public static IEnumerable<string> Impure(Reference reference)
    {
        if (!IsPure(reference.File)) return [];
        if (Clock(reference) is { } clock) return [$"{reference.File}: reads {clock}: a pure file is handed the time."];
        if (InputOutput(reference.Type)) return [$"{reference.File}: uses {reference.Type.FullName}: a pure file does no input or output."];
        var allowed = IsBaseLibrary(reference.Type.Assembly)
            || reference.Type.Assembly.GetName().Name == "Jiceng.Domain"
            || (reference.DeclaredIn.Count == 0 ? IsOwnAndGenerated(reference) : reference.DeclaredIn.Any(file => IsPure(file) || IsGenerated(file)));
        return allowed ? [] : [$"{reference.File}: uses {reference.Type.FullName}: a pure file uses only the BCL, Jiceng.Domain and other pure files."];
    }

    /// <summary>Others may hand a connection on; only stores use one.</summary>
    public static IEnumerable<string> SqlOutsideStores(Reference reference)
    {
        var isSql = reference.Member?.DeclaringType?.Assembly.GetName().Name is "Npgsql" or "Dapper";
        var mayUse = reference.File.StartsWith("libs/Persistence/", StringComparison.Ordinal)
            || reference.File.StartsWith("libs/Messaging/", StringComparison.Ordinal)
            || reference.FileName.EndsWith("Store", StringComparison.Ordinal)
            || reference.FileName.EndsWith("Row", StringComparison.Ordinal)
            || IsGenerated(reference.File);
        return isSql && !mayUse
            ? [$"{reference.File}: calls {reference.Member!.DeclaringType!.Name}.{reference.Member.Name}: SQL stays in *Store files and libs/Persistence."]
            : [];
    }

    public static IEnumerable<string> DaprOutsideMessaging(Reference reference) =>
        AssemblyOf(reference).StartsWith("Dapr.", StringComparison.Ordinal) && !reference.File.StartsWith("libs/Messaging/", StringComparison.Ordinal)
            ? [$"{reference.File}: uses {reference.Type.FullName}: only libs/Messaging knows Dapr."]
            : [];

    public static IEnumerable<string> StatusMadeOutsideRpc(Reference reference) =>
        reference.Member is ConstructorInfo made && made.DeclaringType == typeof(RpcException)
            && !reference.File.StartsWith("libs/Rpc/", StringComparison.Ordinal) && !reference.File.StartsWith("services/gateway/", StringComparison.Ordinal)
            ? [$"{reference.File}: makes an RpcException: throw reason.With(…) of an *Errors class; libs/Rpc turns it into a status."]
            : [];

    private static string AssemblyOf(Reference reference) => reference.Type.Assembly.GetName().Name ?? "";

    private static bool IsBaseLibrary(Assembly assembly) => assembly.Location.StartsWith(Runtime, StringComparison.Ordinal);

    private static bool IsGenerated(string file) => file.StartsWith("artifacts/", StringComparison.Ordinal) || file.StartsWith("..", StringComparison.Ordinal);

    private static bool IsOwnAndGenerated(Reference reference) =>
        reference.Type.Namespace is null || reference.Type.Name.StartsWith('<');

    private static string? Clock(Reference reference) => reference.Member switch
    {
        { Name: "get_Now" or "get_UtcNow" or "get_Today" } when reference.Type == typeof(DateTime) || reference.Type == typeof(DateTimeOffset) => reference.Type.Name,
        { Name: "GetUtcNow" or "get_System" } when reference.Type == typeof(TimeProvider) => "TimeProvider",
        { Name: "GetTimestamp" } when reference.Type == typeof(System.Diagnostics.Stopwatch) => "Stopwatch",
        _ => null,
    };

    private static bool InputOutput(Type type) => type == typeof(File) || type == typeof(Directory) || type == typeof(Console)
        || type == typeof(Environment) || type.Namespace?.StartsWith("System.Net", StringComparison.Ordinal) == true;

    [GeneratedRegex("(Store|Rpc|RpcMap|Events|Subscription|Module|Row|Job|Options|Command|Poster|Updater|Notifier|Loader|^Program)$")]
    private static partial Regex Outside();
}
