using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jiceng.Domain;
using Jiceng.Hosting;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>Every reason for refusing a call, from the static *Errors classes of the suite.</summary>
internal static partial class ErrorCatalog
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private const BindingFlags Static = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static;

    public static IReadOnlyList<(Type Holder, ErrorReason Reason)> All { get; } =
    [
        .. from assembly in Suite.Assemblies
           from type in assembly.GetTypes()
           from field in type.GetFields(Static)
           where field.FieldType == typeof(ErrorReason)
           let reason = (ErrorReason)field.GetValue(null)!
           orderby reason.Domain == "jiceng" ? "" : reason.Domain, reason.Reason
           select (type, reason),
    ];

    public static string Row(ErrorReason reason) =>
        DocTable.Row(reason.Domain, reason.Reason, GrpcCode(reason), reason.English, reason.Chinese);

    /// <summary>The catalog for programs, one reason a line.</summary>
    public static string Json() => $"[\n{string.Join(",\n", All.Select(entry => JsonOf(entry.Reason)))}\n]\n";

    public static IEnumerable<string> Faults(ErrorReason reason)
    {
        var name = $"{reason.Domain} {reason.Reason}";
        if (!Name().IsMatch(reason.Reason) || reason.Reason.Length > 63) yield return $"{name}: a reason is UPPER_SNAKE_CASE of at most 63 characters.";
        if (reason.Domain != "jiceng" && !Domain().IsMatch(reason.Domain)) yield return $"{name}: the domain is jiceng or <service>.jiceng.";
        if (!Chinese().IsMatch(reason.Chinese)) yield return $"{name}: the message for users is not Chinese.";
        if (!Keys(reason.English).SetEquals(Keys(reason.Chinese)))
            yield return $"{name}: the English message names {string.Join(',', Keys(reason.English))}, the Chinese one {string.Join(',', Keys(reason.Chinese))}.";
    }

    private static string JsonOf(ErrorReason reason) => "  " + JsonSerializer.Serialize(
        new { domain = reason.Domain, reason = reason.Reason, code = ErrorStatus.CodeOf(reason.Kind).ToString(), english = reason.English, chinese = reason.Chinese }, Readable);

    private static string GrpcCode(ErrorReason reason) =>
        WordStart().Replace(ErrorStatus.CodeOf(reason.Kind).ToString(), "_").ToUpperInvariant();

    private static HashSet<string> Keys(string message) => [.. Key().Matches(message).Select(match => match.Groups["name"].Value)];

    [GeneratedRegex("^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")]
    private static partial Regex Name();

    [GeneratedRegex("^[a-z]+\\.jiceng$")]
    private static partial Regex Domain();

    [GeneratedRegex("\\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex Chinese();

    // {fault_zh} is the Chinese wording of {fault}.
    [GeneratedRegex("\\{(?<name>[a-z_]+?)(_zh)?\\}")]
    private static partial Regex Key();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
