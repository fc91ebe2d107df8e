using System.Text.Json.Nodes;
using Jiceng.DeployTests.Rendering;

namespace Jiceng.DeployTests.Rules;

/// <summary>Rules for every pod, including those of third parties.</summary>
internal static class PodRules
{
    private static readonly string[] Host = ["hostNetwork", "hostPID", "hostIPC"];

    public static IEnumerable<string> Problems(KubeObject made)
    {
        if (made.Pod?.Map("spec") is not { } spec) return [];
        return
        [
            .. Is(spec, "automountServiceAccountToken", "false"),
            .. Is(spec, "enableServiceLinks", "false"),
            .. Is(spec, "securityContext.runAsNonRoot", "true"),
            .. Is(spec, "securityContext.seccompProfile.type", "RuntimeDefault"),
            .. Host.Where(field => spec.ContainsKey(field)).Select(field => $"{made}: {field} opens the node to the pod."),
            .. spec.List("volumes").Where(volume => volume.ContainsKey("hostPath")).Select(volume => $"{made}: volume {volume.Text("name")} is a folder of the node."),
            .. spec.List("containers").Concat(spec.List("initContainers")).SelectMany(container => Container(made, container)),
        ];

        IEnumerable<string> Is(JsonNode node, string path, string wanted) => node.Text(path) == wanted ? [] : [$"{made}: {path} has to be {wanted}."];
    }

    private static IEnumerable<string> Container(KubeObject made, JsonObject container)
    {
        var place = $"{made}, {container.Text("name")}";
        if (container.Text("securityContext.readOnlyRootFilesystem") != "true") yield return $"{place}: readOnlyRootFilesystem has to be true.";
        if (container.Text("securityContext.allowPrivilegeEscalation") != "false") yield return $"{place}: allowPrivilegeEscalation has to be false.";
        if (container.Text("securityContext.privileged") == "true") yield return $"{place}: privileged.";
        if (!container.Texts("securityContext.capabilities.drop").SequenceEqual(["ALL"])) yield return $"{place}: capabilities.drop has to be [ALL].";
        if (container.At("securityContext.capabilities.add") is not null) yield return $"{place}: capabilities.add restores dropped capabilities.";
        foreach (var resource in (string[])["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"])
            if (container.Text($"resources.{resource}") is null) yield return $"{place}: resources.{resource} is missing.";
        if (!container.List("volumeMounts").Any(mount => mount.Text("mountPath") == "/tmp")) yield return $"{place}: /tmp is not writable; mount an emptyDir.";
        foreach (var problem in Image(place, container.Text("image") ?? "")) yield return problem;
        // A pod that runs to completion needs no probes.
        if (made.Kind is "Job" or "CronJob") yield break;
        var probes = ((string[])["startupProbe", "readinessProbe", "livenessProbe"]).Select(name => (Name: name, Asks: Question(container.Map(name)))).ToArray();
        foreach (var (name, asks) in probes)
            if (asks is null) yield return $"{place}: {name} is missing.";
        if (probes[1].Asks is not null && probes[1].Asks == probes[2].Asks)
            yield return $"{place}: readinessProbe and livenessProbe are equal, so a failed dependency restarts the pod.";
    }

    public static IEnumerable<string> Image(string place, string image)
    {
        var name = image[(image.LastIndexOf('/') + 1)..];
        if (image.Contains("@sha256:", StringComparison.Ordinal)) return [];
        return name.Split(':') is [_, { Length: > 0 } tag] && tag != "latest" ? [] : [$"{place}: image {image} has to name a version or a digest."];
    }

    /// <summary>The request of a probe, without its timing.</summary>
    private static string? Question(JsonObject? probe) =>
        ((string[])["grpc", "httpGet", "exec", "tcpSocket"]).Select(kind => probe.Map(kind)?.ToJsonString() is { } asks ? $"{kind}{asks}" : null).FirstOrDefault(asks => asks is not null);
}
