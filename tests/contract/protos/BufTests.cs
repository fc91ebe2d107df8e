using Shouldly;
using Xunit;

namespace Jiceng.ContractTests;

public sealed class BufTests : IDisposable
{
    private const string Baseline = "protos/baseline.binpb";
    private const string NodeFile = "protos/jiceng/grid/v1/node_service.proto";
    private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("jiceng-buf-");

    [Fact]
    public Task Lint_Protos_AreClean() => CleanAsync("lint");

    [Fact]
    public Task Format_Protos_AreFormatted() => CleanAsync("format", "--diff", "--exit-code");

    [Fact]
    public Task Breaking_SinceLastRelease_IsClean() => CleanAsync("breaking", "--against", Baseline);

    [Fact]
    public Task Lint_FieldWithoutComment_IsReported() =>
        RefusedAsync("// Place code of 6, 9, 12 or 15 digits", "", "comment", "lint");

    [Fact]
    public Task Format_MisformattedLine_IsReported() =>
        RefusedAsync("message GetNodeRequest {", "message   GetNodeRequest   {", "GetNodeRequest", "format", "--diff", "--exit-code");

    [Fact]
    public Task Breaking_FieldRenamed_IsReported() =>
        RefusedAsync("string parent_code = 4;", "string upper_code = 4;", "parent_code", "breaking", "--against", Path.Combine(BufProgram.Root, Baseline));

    public void Dispose() => _copy.Delete(recursive: true);

    private static async Task CleanAsync(params string[] arguments)
    {
        var (code, printed) = await BufProgram.RunAsync(BufProgram.Root, arguments);
        code.ShouldBe(0, printed);
        printed.ShouldBeEmpty();
    }

    /// <summary>Runs buf on a copy of the protos with one line changed.</summary>
    private async Task RefusedAsync(string held, string other, string expected, params string[] arguments)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(BufProgram.Root, "protos"), "*.proto", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_copy.FullName, Path.GetRelativePath(BufProgram.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.Copy(Path.Combine(BufProgram.Root, "buf.yaml"), Path.Combine(_copy.FullName, "buf.yaml"));
        var changed = Path.Combine(_copy.FullName, NodeFile);
        var lines = await File.ReadAllLinesAsync(changed);
        var at = Array.FindIndex(lines, line => line.Contains(held, StringComparison.Ordinal));
        at.ShouldBeGreaterThanOrEqualTo(0, $"{NodeFile} has no line with: {held}");
        lines[at] = other;
        await File.WriteAllLinesAsync(changed, lines);

        var (code, printed) = await BufProgram.RunAsync(_copy.FullName, arguments);
        code.ShouldNotBe(0);
        printed.ShouldContain(expected);
    }
}
