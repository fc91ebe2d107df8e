using System.Diagnostics;
using Google.Protobuf.Reflection;
using Shouldly;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Protos as buf compiles them.</summary>
internal static class BufImage
{
    /// <summary>The folder of the contracts' protos.</summary>
    public static string Protos { get; } = FindProtos();

    public static async Task<FileDescriptorSet> BuildAsync(string folder)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("JICENG_BUF") ?? "buf", ["build", folder, "-o", "-"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var buf = Process.Start(start)!;
        var printed = buf.StandardError.ReadToEndAsync();
        var image = new MemoryStream();
        await buf.StandardOutput.BaseStream.CopyToAsync(image);
        await buf.WaitForExitAsync();
        buf.ExitCode.ShouldBe(0, await printed);
        return FileDescriptorSet.Parser.ParseFrom(image.ToArray());
    }

    private static string FindProtos()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "buf.yaml"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds buf.yaml."), "protos");
    }
}
