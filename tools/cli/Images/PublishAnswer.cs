using System.Text.Json;
using System.Text.RegularExpressions;

namespace Jiceng.Cli.Images;

/// <summary>What dotnet publish told: the digest of the image, and the folder of what is in it.</summary>
internal sealed partial record PublishAnswer(string Digest, string PublishDir)
{
    public static PublishAnswer Read(string output)
    {
        var start = output.IndexOf('{', StringComparison.Ordinal);
        if (start < 0) throw new CliException($"dotnet publish told no digest:\n{output}");
        using var answer = JsonDocument.Parse(output[start..(output.LastIndexOf('}') + 1)]);
        var properties = answer.RootElement.GetProperty("Properties");
        return new PublishAnswer(properties.GetProperty("GeneratedContainerDigest").GetString()!, properties.GetProperty(nameof(PublishDir)).GetString()!);
    }

    /// <summary>Why it failed: the first errors, without the stacks of the SDK's own tasks; when it told none, the last that it said.</summary>
    public static string Why(IReadOnlyCollection<string> output)
    {
        var errors = output.Select(line => ErrorLine().Match(line)).Where(match => match.Success).Select(match => match.Groups["text"].Value.TrimStart())
            .Where(text => !text.StartsWith("at ", StringComparison.Ordinal) && !text.StartsWith("---", StringComparison.Ordinal)).Distinct().Take(5).ToList();
        return string.Join('\n', errors.Count > 0 ? errors : output.TakeLast(40));
    }

    // What fails in a file of ours keeps its place; where the SDK's targets stand helps nobody.
    [GeneratedRegex(@"^(?:.*\.targets\(\d+,\d+\): error \w+:(?<text>.*?)|(?<text>.*?: error .*?))(?: \[[^\]]*\])?$")]
    private static partial Regex ErrorLine();
}
