using System.Globalization;
using Jiceng.DeployTests.Rendering;

namespace Jiceng.DeployTests.Rules;

/// <summary>Rules for the suite's services, in addition to those for every pod.</summary>
internal static class ServiceRules
{
    /// <summary>Time for which cluster DNS caches the addresses of a headless Service.</summary>
    private static readonly TimeSpan NamesRemembered = TimeSpan.FromSeconds(5);

    public static IEnumerable<string> Problems(Manifest service, string started, string live, TimeSpan lookedUp)
    {
        var (made, container) = (service.Deployment, service.Container);
        if (made.Content.Text("spec.strategy.rollingUpdate.maxUnavailable") != "0") yield return $"{made}: rollingUpdate.maxUnavailable has to be 0.";
        foreach (var topology in (string[])["topology.kubernetes.io/zone", "kubernetes.io/hostname"])
        {
            if (!service.Pod.List("spec.topologySpreadConstraints").Any(spread => spread.Text("topologyKey") == topology
                    && spread.Map("labelSelector.matchLabels").Texts().All(label => service.Labels.GetValueOrDefault(label.Key) == label.Value)))
                yield return $"{made}: its pods are not spread by {topology}.";
        }

        foreach (var (probe, asks) in ((string, string?)[])[("startupProbe", started), ("readinessProbe", null), ("livenessProbe", live)])
        {
            if (container.Number($"{probe}.grpc.port") != service.GrpcPort || container.Text($"{probe}.grpc.service") != asks)
                yield return $"{made}: {probe} has to ask grpc.health.v1 on port {service.GrpcPort} for '{asks}'.";
        }

        if (service.Grace <= service.Stop) yield return $"{made}: terminationGracePeriodSeconds has to be more than Shutdown__Delay and Shutdown__Timeout, {service.Stop.TotalSeconds:0} s.";
        if (service.Delay < NamesRemembered + lookedUp)
            yield return $"{made}: Shutdown__Delay has to be {(NamesRemembered + lookedUp).TotalSeconds:0} s at least: callers resolve it for that long.";
        if (service.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] != "grpc") yield return $"{made}: OTEL_EXPORTER_OTLP_PROTOCOL has to be grpc, to match the port.";
        foreach (var (name, value) in service.Settings)
            if (IsSecret(name) && !container.List("env").Any(variable => variable.Text("name") == name && variable.At("valueFrom.secretKeyRef") is not null))
                yield return $"{made}: {name} has to come from a Secret; it is '{value}'.";
    }

    /// <summary>One address per replica for every port that others call.</summary>
    public static IEnumerable<string> Headless(Manifest service)
    {
        if (service.InNamespace.SingleOrDefault(made => made.Kind == "Service" && made.Name == service.Name) is not { } found) return [$"{service.Deployment}: there is no Service of its name."];
        List<string> problems = [];
        if (!found.Content.Map("spec.selector").Texts().All(label => service.Labels.GetValueOrDefault(label.Key) == label.Value)) problems.Add($"{found}: selects other pods.");
        if (found.Content.List("spec.ports").All(port => port.Number("port") != service.GrpcPort)) problems.Add($"{found}: has to have port {service.GrpcPort}.");
        if (service.HasSidecar && found.Content.Text("spec.clusterIP") != "None") problems.Add($"{found}: clusterIP has to be None, else callers know one address and keep to one replica.");
        return problems;
    }

    /// <summary>A service with two or more replicas has an autoscaler and a disruption budget that keeps one replica.</summary>
    public static IEnumerable<string> Replicated(Manifest service)
    {
        var scaler = service.InNamespace.SingleOrDefault(made => made.Kind == "HorizontalPodAutoscaler" && made.Content.Text("spec.scaleTargetRef.name") == service.Name);
        if (scaler is null) return [$"{service.Deployment}: there is no HorizontalPodAutoscaler for it."];
        List<string> problems = [];
        if (scaler.Content.Number("spec.minReplicas") is not >= 2) problems.Add($"{scaler}: minReplicas has to be 2 at least.");
        if (!scaler.Content.List("spec.metrics").Any(metric => metric.Text("containerResource.name") == "cpu" && metric.Text("containerResource.container") == service.Container.Text("name")))
            problems.Add($"{scaler}: has to look at the CPU of the service's own container.");
        if (service.Deployment.Content.At("spec.replicas") is not null) problems.Add($"{service.Deployment}: spec.replicas would undo what the autoscaler does.");
        var budget = service.InNamespace.SingleOrDefault(made => made.Kind == "PodDisruptionBudget"
            && made.Content.Map("spec.selector.matchLabels").Texts() is { Count: > 0 } labels && labels.All(label => service.Labels.GetValueOrDefault(label.Key) == label.Value));
        if (budget?.Content.Text("spec.minAvailable") != "1") problems.Add($"{service.Deployment}: a PodDisruptionBudget has to keep minAvailable 1.");
        return problems;
    }

    /// <summary>A job migrates the database to the deployed version.</summary>
    public static IEnumerable<string> Migrated(Manifest service, string command)
    {
        if (service.InNamespace.SingleOrDefault(made => made.Kind == "Job" && made.Name == $"{service.Name}-migrate") is not { } job) return [$"{service.Deployment}: there is no Job {service.Name}-migrate."];
        List<string> problems = [];
        var container = job.Pod!.List("spec.containers").Single();
        if (container.Text("image") != service.Container.Text("image")) problems.Add($"{job}: runs {container.Text("image")} and the service {service.Container.Text("image")}.");
        if (!container.Texts("args").SequenceEqual([command])) problems.Add($"{job}: args has to be [{command}].");
        if (job.Content.Map("metadata.labels").Texts().GetValueOrDefault("app.kubernetes.io/component") != "migrate")
            problems.Add($"{job}: has to have the label app.kubernetes.io/component=migrate, by which the rollout finds it.");
        if (job.Pod!.Map("metadata.annotations").Texts().Keys.Any(key => key.StartsWith("dapr.io/", StringComparison.Ordinal))) problems.Add($"{job}: with a sidecar it would never end.");
        if (service.Labels["app.kubernetes.io/name"] == job.Pod!.Map("metadata.labels").Texts()["app.kubernetes.io/name"]) problems.Add($"{job}: its pods would get the calls of the service.");
        return problems;
    }

    public static double Mebibytes(string quantity)
    {
        var size = quantity.TrimEnd('B');
        var number = double.Parse(size[..^2], CultureInfo.InvariantCulture);
        return size[^2..] switch
        {
            "Mi" => number,
            "Gi" => 1024 * number,
            _ => throw new FormatException($"'{quantity}' is not a size in Mi or Gi"),
        };
    }

    private static bool IsSecret(string name) =>
        name.StartsWith("ConnectionStrings__", StringComparison.Ordinal) || name.StartsWith("Personal__", StringComparison.Ordinal)
        || name is "DAPR_API_TOKEN" or "APP_API_TOKEN" or "Services__Token";
}
