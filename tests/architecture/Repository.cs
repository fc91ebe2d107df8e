using System.Xml.Linq;

namespace Jiceng.ArchitectureTests;

/// <summary>The sources that these tests read: the tree above them, without what is built or downloaded.</summary>
internal static class Repository
{
    private static readonly string[] NotSource = ["artifacts", "bin", "obj", "node_modules"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every text file, with forward slashes from the root.</summary>
    public static IReadOnlyList<SourceFile> Files { get; } =
    [
        .. Walk(Root).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => Path.GetExtension(path) is not (".snk" or ".binpb" or ".png" or ".user"))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(Root, path)))),
    ];

    public static IEnumerable<ProjectFile> Projects => Files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal))
        .Select(file => new ProjectFile(file.Path, XElement.Parse(file.Text)));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Jiceng.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Jiceng.slnx.");
    }

    private static IEnumerable<string> Walk(string folder)
    {
        var folders = Directory.EnumerateDirectories(folder).Where(path => Path.GetFileName(path) is var name
            && !NotSource.Contains(name) && (name[0] != '.' || name == ".ci"));
        return Directory.EnumerateFiles(folder).Where(path => Path.GetFileName(path) != ".git").Concat(folders.SelectMany(Walk));
    }
}

/// <summary>A file of the repository.</summary>
/// <param name="Path">From the root, with forward slashes.</param>
internal sealed record SourceFile(string Path, string Text)
{
    public string Extension => System.IO.Path.GetExtension(Path);

    public IEnumerable<(int Number, string Text)> Lines => Text.TrimEnd('\n').Split('\n').Select((line, index) => (index + 1, line));
}

/// <summary>A project and what it refers to.</summary>
internal sealed record ProjectFile(string Path, XElement Xml)
{
    public string Folder => Path[..Path.LastIndexOf('/')];

    public bool IsProgram => Xml.Descendants("OutputType").Any(type => type.Value == "Exe");

    public IEnumerable<string> Packages => Xml.Descendants("PackageReference").Select(reference => reference.Attribute("Include")?.Value ?? "");

    /// <summary>Folders of the projects referred to, from the root.</summary>
    public IEnumerable<string> References => Xml.Descendants("ProjectReference")
        .Select(reference => System.IO.Path.GetDirectoryName(System.IO.Path.Combine("/", Folder, reference.Attribute("Include")!.Value))!)
        .Select(folder => System.IO.Path.GetFullPath(folder).Replace('\\', '/').TrimStart('/'));
}
