using System.CommandLine;
using Jiceng.Cli.Images;

namespace Jiceng.Cli.Commands;

internal static class ImagesCommand
{
    public static Command Create(CommandContext context)
    {
        var registry = new Option<string?>("--registry") { Description = "Registry to push to; if omitted, archives are written", HelpName = "host" };
        var tag = new Option<string?>("--tag") { Description = "Tag of the images (default: the version of the suite)", HelpName = "tag" };
        var pin = new Option<bool>("--pin") { Description = "Instead, pin the third-party images in deploy/ to the digests in their registries" };
        return context.Command("images",
            """
            Builds the container images of the services, without a container engine, and their SBOMs (CycloneDX).

              ./jiceng images                                          archives and SBOMs in artifacts/images
              ./jiceng images --registry images.county.example --tag 0.2.0
              ./jiceng images --pin                                    needs the network

            With --registry, artifacts/images/kustomization.yaml is a component for an overlay that pins the images by digest.
            The password comes from the configuration that docker login or podman login writes. Exit codes: 0 done, 1 failed.
            """,
            (parsed, token) => parsed.GetValue(pin)
                ? PinAsync(context, token)
                : BuildAsync(context, new ImagesWanted(Path.Combine(context.Workspace(parsed).Root, "artifacts", "images"))
                {
                    Registry = parsed.GetValue(registry),
                    Tag = parsed.GetValue(tag),
                }, token),
            registry, tag, pin);
    }

    private static async Task<int> BuildAsync(CommandContext context, ImagesWanted wanted, CancellationToken token)
    {
        var build = new ImageBuild(Workspace.Find(null));
        var made = new List<BuiltImage>();
        foreach (var service in ImageBuild.Services)
            made.Add(await context.Screen.StepAsync($"Building the image of {service}", report => build.MakeAsync(service, wanted, report, token)));
        foreach (var image in made) context.Screen.Line($"  {image.Service,-8} {image.Digest}  {image.Archive ?? $"{wanted.Registry}/jiceng/{image.Service}"}");
        if (wanted.Registry is not null)
            await File.WriteAllTextAsync(Path.Combine(wanted.Output, "kustomization.yaml"), ImageBuild.Component(wanted.Registry, made), token);
        return Exit.Done;
    }

    private static async Task<int> PinAsync(CommandContext context, CancellationToken token)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        var pins = new ImagePins(http);
        var deploy = Path.Combine(Workspace.Find(null).Root, "deploy");
        var files = Directory.GetFiles(deploy, "*.yaml", SearchOption.AllDirectories).Append(Path.Combine(deploy, "images", "base-image"));
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            var text = await File.ReadAllTextAsync(file, token);
            foreach (var name in ImagePins.Unpinned(text))
            {
                var digest = await pins.DigestAsync(name, token);
                text = ImagePins.Pinned(text, name, digest);
                context.Screen.Line($"  {name}@{digest}");
            }

            await File.WriteAllTextAsync(file, text, token);
        }

        return Exit.Done;
    }
}
