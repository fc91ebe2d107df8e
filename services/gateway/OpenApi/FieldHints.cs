using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Jiceng.Common.V1;
using Jiceng.Contracts;

namespace Jiceng.Gateway.OpenApi;

/// <summary>
/// What the contracts say about a field in addition to its type: by the access option of its method, and by the comment, where "; required" and "output
/// only" are fixed words.
/// </summary>
internal static partial class FieldHints
{
    /// <summary>Whether only answers have the field.</summary>
    public static bool IsOutputOnly(FieldDescriptor field) => OutputOnly().IsMatch(CommentOf(field));

    /// <summary>Whether a request is refused without the field, or without a field of the oneof.</summary>
    public static bool IsRequired(DescriptorBase element) => RequiredOf(element) is { Success: true };

    /// <summary>The fields inside of a message field that a request is refused without: "The node; required: code, name."</summary>
    public static IEnumerable<FieldDescriptor> RequiredInside(FieldDescriptor field) =>
        field.FieldType != FieldType.Message || RequiredOf(field) is not { Success: true } match
            ? []
            : match.Groups["names"].Value.Split(", ").Select(name => field.MessageType.FindFieldByName(name)).OfType<FieldDescriptor>();

    /// <summary>The way to the field that says where the call acts, when a call without it is refused.</summary>
    public static IReadOnlyList<string> RequiredByAccess(Access? access) => access switch
    {
        { TargetCase: Access.TargetOneofCase.PlaceField, ScopeWhenEmpty: false } => access.PlaceField.Split('.'),
        { TargetCase: Access.TargetOneofCase.Resource } => access.Resource.Field.Split('.'),
        _ => [],
    };

    /// <summary>The value that the comment gives as an example.</summary>
    public static string? ExampleOf(FieldDescriptor field) => Example().Match(CommentOf(field)) is { Success: true } match ? match.Groups[1].Value.TrimEnd('.') : null;

    /// <summary>The first of the names that the comment of a field mask lists.</summary>
    public static string? FirstNamed(FieldDescriptor field) => Named().Match(CommentOf(field)) is { Success: true } match ? match.Groups[1].Value : null;

    public static string CommentOf(DescriptorBase element) => PublishedContracts.CommentOf(element);

    private static Match RequiredOf(DescriptorBase element) => Required().Match(CommentOf(element));

    // "; required, 1 to 2,000 characters, when it is not settled" depends on something else, which no schema says.
    [GeneratedRegex(@"; required(: (?<names>[^.;]*))?[.,;](?![^.;]*\bwhen\b)")]
    private static partial Regex Required();

    [GeneratedRegex(@"\b[Oo]utput only[.,:](?!.*( except| sent back))")]
    private static partial Regex OutputOnly();

    [GeneratedRegex(@"for example ""?([^\s,;:()""]+)")]
    private static partial Regex Example();

    [GeneratedRegex(@"(?:Which of|Fields to change:) ([a-z_]+)")]
    private static partial Regex Named();
}
