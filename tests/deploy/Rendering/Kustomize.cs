using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Jiceng.DeployTests.Rendering;

/// <summary>Renders the folders of deploy/k8s with <c>kubectl kustomize</c>.</summary>
internal static class Kustomize
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<KubeObject>>> Rendered = new();

    /// <summary>Folders below overlays that are applied to a cluster, relative to deploy/k8s.</summary>
    public static IReadOnlyList<string> Overlays { get; } = Folders("overlays", "Kustomization");

    /// <summary>Folders that modify an overlay, relative to deploy/k8s.</summary>
    public static IReadOnlyList<string> Components { get; } = Folders("components", "Component");

    /// <summary>The objects of an overlay or of a part of the base.</summary>
    public static IReadOnlyList<KubeObject> Render(string folder) =>
        Rendered.GetOrAdd(folder, name => new(() => Run(Path.Combine(Repository.Kubernetes, name)))).Value;

    /// <summary>The objects of the base with one component, at the site of the county overlay.</summary>
    public static IReadOnlyList<KubeObject> RenderComponent(string folder) => Rendered.GetOrAdd(folder, name => new(() =>
    {
        var root = Directory.CreateTempSubdirectory("jiceng-component-");
        try
        {
            string From(string path) => Path.GetRelativePath(Real(root.FullName), Real(Path.Combine(Repository.Kubernetes, path)));
            File.Copy(Path.Combine(Repository.Kubernetes, "overlays", "county", "site.yaml"), Path.Combine(root.FullName, "site.yaml"));
            File.WriteAllText(Path.Combine(root.FullName, "kustomization.yaml"), $"""
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                namespace: jiceng
                resources: ["{From("base")}", site.yaml]
                components: ["{From(name)}"]
                """);
            return Run(root.FullName);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    })).Value;

    private static IReadOnlyList<KubeObject> Run(string folder)
    {
        using var process = Start(folder);
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"kubectl kustomize {folder} did not end");
        }

        return process.ExitCode == 0
            ? KubeObject.Parse(text.GetAwaiter().GetResult())
            : throw new InvalidDataException($"kubectl kustomize {folder}: {errors.GetAwaiter().GetResult()}");
    }

    private static Process Start(string folder)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("kubectl", ["kustomize", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException(
                "kubectl is not on the PATH. deploy/k8s is rendered with `kubectl kustomize`: install kubectl 1.31 or newer (https://kubernetes.io/docs/tasks/tools); no cluster is needed.");
        }
    }

    private static string[] Folders(string below, string kind) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Kubernetes, below), "kustomization.yaml", SearchOption.AllDirectories)
            .Where(file => KubeObject.Parse(File.ReadAllText(file))[0].Kind == kind)
            .Select(file => Path.GetRelativePath(Repository.Kubernetes, Path.GetDirectoryName(file)!))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>kustomize resolves links before it compares paths.</summary>
    private static string Real(string path)
    {
        var at = "/";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            if (new DirectoryInfo(at).ResolveLinkTarget(returnFinalTarget: true) is { } target) at = target.FullName;
        }

        return at;
    }
}
