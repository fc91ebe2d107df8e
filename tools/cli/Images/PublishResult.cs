using System.Text.Json;
using System.Text.RegularExpressions;

namespace Jiceng.Cli.Images;

/// <summary>Result of dotnet publish: the image digest, and the folder with the contents of the image.</summary>
internal sealed partial record PublishResult(string Digest, string PublishDir)
{
    public static PublishResult Read(string output)
    {
        var start = output.IndexOf('{', StringComparison.Ordinal);
        if (start < 0) throw new CliException($"dotnet publish returned no digest:\n{output}");
        using var answer = JsonDocument.Parse(output[start..(output.LastIndexOf('}') + 1)]);
        var properties = answer.RootElement.GetProperty("Properties");
        return new PublishResult(properties.GetProperty("GeneratedContainerDigest").GetString()!, properties.GetProperty(nameof(PublishDir)).GetString()!);
    }

    /// <summary>The reason for a failure: the first errors without the stacks of SDK tasks, or else the last lines of output.</summary>
    public static string FailureReason(IReadOnlyCollection<string> output)
    {
        var errors = output.Select(line => ErrorLine().Match(line)).Where(match => match.Success).Select(match => match.Groups["text"].Value.TrimStart())
            .Where(text => !text.StartsWith("at ", StringComparison.Ordinal) && !text.StartsWith("---", StringComparison.Ordinal)).Distinct().Take(5).ToList();
        return string.Join('\n', errors.Count > 0 ? errors : output.TakeLast(40));
    }

    // Keeps the locations in our files and drops those in the SDK's targets, which help nobody.
    [GeneratedRegex(@"^(?:.*\.targets\(\d+,\d+\): error \w+:(?<text>.*?)|(?<text>.*?: error .*?))(?: \[[^\]]*\])?$")]
    private static partial Regex ErrorLine();
}
