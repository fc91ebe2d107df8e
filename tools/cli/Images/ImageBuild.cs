using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Images;

/// <summary>How to build the images, and where to put them.</summary>
/// <param name="Output">Folder for the SBOMs, and for the archives when there is no registry.</param>
internal sealed record ImagesWanted(string Output)
{
    /// <summary>Registry to push to; null for archives.</summary>
    public string? Registry { get; init; }

    /// <summary>Image tag; null for the version of the suite.</summary>
    public string? Tag { get; init; }

    /// <summary>Base image; null for the one in deploy/images/base-image.</summary>
    public string? BaseImage { get; init; }

    public string Configuration { get; init; } = "Release";
}

/// <summary>A built image.</summary>
/// <param name="Archive">Archive file; null for an image pushed to a registry.</param>
internal sealed record BuiltImage(string Service, string Digest, string? Archive, string Sbom);

/// <summary>
/// Builds the images of the services with dotnet publish (ADR 15), without a container engine. deploy/images/images.props defines their
/// contents.
/// </summary>
internal sealed class ImageBuild(Workspace workspace)
{
    public static readonly string[] Services = ["cadre", "grid", "scoring", "gateway"];

    public async Task<BuiltImage> MakeAsync(string service, ImagesWanted wanted, Action<string> report, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(wanted.Output);
        var archive = wanted.Registry is null ? Path.Combine(wanted.Output, $"jiceng-{service}.tar") : null;
        List<string> command =
        [
            "dotnet", "publish", Path.Combine("services", service), "--nologo", "-c", wanted.Configuration, "--os", "linux", "--no-self-contained",
            "-nodeReuse:false", "-p:UseSharedCompilation=false", "-t:PublishContainer", "-getProperty:GeneratedContainerDigest", "-getProperty:PublishDir",
        ];
        if (wanted.BaseImage is not null) command.Add($"-p:ContainerBaseImage={wanted.BaseImage}");
        if (wanted.Tag is not null) command.Add($"-p:ContainerImageTag={wanted.Tag}");
        if (await RevisionAsync(cancellationToken) is { } revision) command.Add($"-p:ContainerRevision={revision}");
        command.Add(archive is null ? $"-p:ContainerRegistry={wanted.Registry}" : $"-p:ContainerArchiveOutputPath={archive}");

        var said = new List<string>();
        var code = await Tool.RunAsync(command, workspace.Root, said.Add, cancellationToken);
        if (code != 0) throw new CliException($"The image of {service} could not be built. Its base is {wanted.BaseImage ?? "the one in deploy/images/base-image"}; dotnet publish reported:\n{PublishResult.FailureReason(said)}");
        var answer = PublishResult.Read(string.Join('\n', said));
        report($"{service} {answer.Digest}");

        var sbom = Path.Combine(wanted.Output, $"jiceng-{service}.cdx.json");
        var folder = Path.Combine(workspace.Root, "services", service, answer.PublishDir);
        await File.WriteAllTextAsync(sbom, Sbom.Of(await File.ReadAllTextAsync(Directory.GetFiles(folder, "Jiceng.*.deps.json").Single(), cancellationToken)), cancellationToken);
        return new BuiltImage(service, answer.Digest, archive, sbom);
    }

    /// <summary>A kustomize component that pins an overlay to exactly these images.</summary>
    public static string Component(string registry, IEnumerable<BuiltImage> images) =>
        $"""
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        images:
        {string.Join('\n', images.Select(image => $"  - name: jiceng/{image.Service}\n    newName: {registry}/jiceng/{image.Service}\n    digest: {image.Digest}"))}

        """;

    /// <summary>The commit, or null without git.</summary>
    private async Task<string?> RevisionAsync(CancellationToken cancellationToken)
    {
        if (Tool.Find("git") is null) return null;
        var said = new List<string>();
        return await Tool.RunAsync(["git", "rev-parse", "HEAD"], workspace.Root, said.Add, cancellationToken) == 0 ? said[0] : null;
    }
}
