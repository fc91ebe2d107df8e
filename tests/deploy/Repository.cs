using Jiceng.DeployTests.Rendering;

namespace Jiceng.DeployTests;

internal static class Repository
{
    public static readonly string[] Services = ["cadre", "grid", "scoring"];

    public static string Root { get; } = FindRoot();

    public static string Kubernetes => Path.Combine(Root, "deploy", "k8s");

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The production sources: libraries and services.</summary>
    public static string Sources { get; } = string.Join('\n', new[] { "libs", "services" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        .Select(File.ReadAllText));

    /// <summary>The documents in a folder's YAML files.</summary>
    public static IEnumerable<KubeObject> Documents(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.yaml").Order(StringComparer.Ordinal).SelectMany(file => KubeObject.Parse(File.ReadAllText(file)));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Jiceng.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Jiceng.slnx.");
    }
}
