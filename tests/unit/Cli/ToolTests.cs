using Jiceng.Cli.Processes;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class ToolTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("jiceng-tool-");

    [Fact]
    public void Exists_FileLinkAndDanglingLink_IsTrueUnlessDangling()
    {
        var (file, link, dangling) = (Path.Combine(folder.FullName, "file"), Path.Combine(folder.FullName, "link"), Path.Combine(folder.FullName, "dangling"));
        File.WriteAllText(file, "");
        File.CreateSymbolicLink(link, file);
        File.CreateSymbolicLink(dangling, Path.Combine(folder.FullName, "nothing"));

        Tool.Exists(file).ShouldBeTrue();
        Tool.Exists(link).ShouldBeTrue();
        Tool.Exists(dangling).ShouldBeFalse();
        Tool.Exists(Path.Combine(folder.FullName, "absent")).ShouldBeFalse();
    }

    public void Dispose() => folder.Delete(recursive: true);
}
