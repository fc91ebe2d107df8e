using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Jiceng.TestSupport;

/// <summary>Validates OpenAPI documents with independent validators in Node.</summary>
public static class OpenApiValidator
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Validates documents, their examples, and recorded responses.</summary>
    /// <param name="documents">Documents by name; responses are validated against the first.</param>
    /// <param name="answers">Responses by method path.</param>
    /// <returns>The problems, empty when there are none, and the number of items validated.</returns>
    public static async Task<(string Problems, Dictionary<string, int> Counts)> CheckAsync(
        IReadOnlyList<(string Name, byte[] Bytes)> documents, IEnumerable<(string Path, JsonNode Json)> answers)
    {
        var folder = Directory.CreateTempSubdirectory("jiceng-openapi-").FullName;
        try
        {
            var files = new List<object>();
            foreach (var (name, bytes) in documents)
            {
                var file = Path.Combine(folder, $"{files.Count}.json");
                await File.WriteAllBytesAsync(file, bytes);
                files.Add(new { name, file });
            }

            var asked = Path.Combine(folder, "asked.json");
            await File.WriteAllTextAsync(asked, JsonSerializer.Serialize(new
            {
                modules = NodeModules.Folder(),
                documents = files,
                samples = answers.Select(answer => new { of = answer.Path, json = answer.Json }),
            }));
            var (code, printed, problems) = await RunAsync(Path.Combine(Here(), "openapi.mjs"), asked);
            return code == 0 && problems.Length == 0
                ? ("", JsonSerializer.Deserialize<Dictionary<string, int>>(printed)!)
                : ($"{problems}{printed} (exit code {code})", []);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(int Code, string Printed, string Problems)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        using var late = new CancellationTokenSource(Patience);
        try
        {
            var printed = await Task.WhenAll(node.StandardOutput.ReadToEndAsync(late.Token), node.StandardError.ReadToEndAsync(late.Token));
            await node.WaitForExitAsync(late.Token);
            return (node.ExitCode, printed[0], printed[1]);
        }
        catch (OperationCanceledException)
        {
            node.Kill(entireProcessTree: true);
            throw new TimeoutException($"The validator was still running after {Patience.TotalMinutes} minutes.");
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
