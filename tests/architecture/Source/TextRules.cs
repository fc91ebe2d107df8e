using System.Text.RegularExpressions;

namespace Jiceng.ArchitectureTests.Source;

/// <summary>House rules on the text of files. Each returns what is wrong, with its place and what would be right.</summary>
internal static partial class TextRules
{
    public const int LongestFile = 400;

    private static readonly string[] Code = [".cs", ".proto", ".sh", ".sql", ".yaml", ".yml", ".csproj", ".props", ".targets", ".json"];
    private static readonly string[] NotToBeLong = [".cs", ".proto", ".sh", ".sql", ".yaml", ".yml", ""];

    /// <summary>Settings of one machine's package clients, which would point everybody at that machine's registry.</summary>
    private static readonly string[] MachineSettings = ["nuget.config", ".npmrc", "pip.conf", ".yarnrc"];

    public static IEnumerable<string> TooLong(SourceFile file)
    {
        if (!NotToBeLong.Contains(file.Extension)) yield break;
        var count = file.Lines.Count();
        if (count > LongestFile) yield return $"{file.Path}: {count} lines; cut it by subject, at most {LongestFile}.";
    }

    public static IEnumerable<string> LeftOver(SourceFile file) => Code.Contains(file.Extension)
        ? Found(file, Unfinished(), "finish it, or write an issue").Concat(Unimplemented(file))
        : [];

    public static IEnumerable<string> MachineBound(SourceFile file)
    {
        var name = Path.GetFileName(file.Path);
        IEnumerable<string> settings = MachineSettings.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? [$"{file.Path}: holds one machine's registry; keep it in the user's own configuration."]
            : [];
        return settings
            .Concat(Found(file, MachinePath(), "a path of one machine; take it from the environment or an option"))
            .Concat(Found(file, RegistryHost(), "the host of a registry; package clients know theirs from the user's configuration"));
    }

    public static IEnumerable<string> WarningsOff(SourceFile file) => file.Extension == ".cs"
        ? Found(file, NullableOff(), "nullable stays on").Concat(Found(file, PragmaWithoutReason(), "say behind it why: #pragma warning disable X // why"))
        : [];

    /// <summary>The layers are namespaces, so a file of a service has the namespace of its folder.</summary>
    public static IEnumerable<string> NamespaceElsewhere(SourceFile file)
    {
        var layered = file.Path.StartsWith("services/", StringComparison.Ordinal) && !file.Path.StartsWith("services/gateway/", StringComparison.Ordinal);
        if (!layered || NamespaceLine().Match(file.Text) is not { Success: true } line) yield break;
        var folders = file.Path.Split('/')[1..^1].Select(folder => char.ToUpperInvariant(folder[0]) + folder[1..]);
        var expected = $"Jiceng.{string.Join('.', folders)}";
        if (line.Groups[1].Value != expected) yield return $"{file.Path}: namespace {line.Groups[1].Value}; its folder's is {expected}.";
    }

    private static IEnumerable<string> Unimplemented(SourceFile file) => Found(file, NotImplemented(), "finish it, or write an issue");

    private static IEnumerable<string> Found(SourceFile file, Regex wrong, string right) =>
        from line in file.Lines
        let match = wrong.Match(line.Text)
        where match.Success
        select $"{file.Path}:{line.Number}: '{match.Value.Trim()}': {right}.";

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    // The character classes keep this file from breaking the rules that it states.
    [GeneratedRegex(@"\b(TO[D]O|FIX[M]E|HA[C]K)\b|\b(Skip|Explicit)\s*=\s*[\w""](?!.*SkipUnless)")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"NotImplemented[E]xception")]
    private static partial Regex NotImplemented();

    [GeneratedRegex(@"(?<![\w.$}~*-])/(work|root|Users|home)/[\w.]+")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"https?://[\w.:-]*(artifact|nexus|verdaccio|jfrog|pypi|npm-proxy|mirror|registry(?!\.npmjs\.org|\.k8s\.io))[\w.:-]*")]
    private static partial Regex RegistryHost();

    [GeneratedRegex(@"^\s*#nullable\s+(dis[a]ble|restore)")]
    private static partial Regex NullableOff();

    [GeneratedRegex(@"^\s*#pragma warning dis[a]ble\s+[\w, ]+$")]
    private static partial Regex PragmaWithoutReason();
}
