using System.Text.Json;

namespace Jiceng.Cli.Images;

/// <summary>What dotnet publish told: the digest of the image, and the folder of what is in it.</summary>
internal sealed record PublishAnswer(string Digest, string PublishDir)
{
    public static PublishAnswer Read(string output)
    {
        var start = output.IndexOf('{', StringComparison.Ordinal);
        if (start < 0) throw new CliException($"dotnet publish told no digest:\n{output}");
        using var answer = JsonDocument.Parse(output[start..(output.LastIndexOf('}') + 1)]);
        var properties = answer.RootElement.GetProperty("Properties");
        return new PublishAnswer(properties.GetProperty("GeneratedContainerDigest").GetString()!, properties.GetProperty(nameof(PublishDir)).GetString()!);
    }
}
