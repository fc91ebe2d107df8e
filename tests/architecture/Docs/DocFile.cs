using Shouldly;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>A file that is generated from the code. <c>JICENG_WRITE_DOCS=1</c> writes it.</summary>
internal static class DocFile
{
    /// <summary>Fails unless the file has this text, or writes it when asked to.</summary>
    public static void HoldEqual(string path, string text)
    {
        if (Write(path, () => text)) return;
        (File.Exists(Path.Combine(Repository.Root, path)) ? Repository.Read(path) : "")
            .ShouldBe(text, $"{path} differs from the code (JICENG_WRITE_DOCS=1 writes it)");
    }

    /// <summary>Writes the file if asked to; returns whether it did.</summary>
    public static bool Write(string path, Func<string> text)
    {
        if (Environment.GetEnvironmentVariable("JICENG_WRITE_DOCS") != "1") return false;
        File.WriteAllText(Path.Combine(Repository.Root, path), text());
        return true;
    }
}
