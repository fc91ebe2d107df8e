using Jiceng.Cli.Processes;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class ToolTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-tool-");

    [Fact]
    public void Exists_FileLinkAndDanglingLink_IsTrueUnlessDangling()
    {
        var (file, link, dangling) = (Path.Combine(_folder.FullName, "file"), Path.Combine(_folder.FullName, "link"), Path.Combine(_folder.FullName, "dangling"));
        File.WriteAllText(file, "");
        File.CreateSymbolicLink(link, file);
        File.CreateSymbolicLink(dangling, Path.Combine(_folder.FullName, "nothing"));

        Tool.Exists(file).ShouldBeTrue();
        Tool.Exists(link).ShouldBeTrue();
        Tool.Exists(dangling).ShouldBeFalse();
        Tool.Exists(Path.Combine(_folder.FullName, "absent")).ShouldBeFalse();
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
