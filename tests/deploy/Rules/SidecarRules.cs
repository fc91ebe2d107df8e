using System.Globalization;
using Jiceng.DeployTests.Rendering;

namespace Jiceng.DeployTests.Rules;

/// <summary>Required injector annotations of a service's sidecar.</summary>
internal static class SidecarRules
{
    /// <summary>All annotations in use; another one is misspelled or needs review.</summary>
    private static readonly string[] Needed =
    [
        "enabled", "app-id", "app-port", "app-protocol", "config", "api-token-secret", "app-token-secret", "disable-builtin-k8s-secret-store",
        "enable-app-health-check", "app-health-check-path", "app-health-probe-interval", "app-health-probe-timeout", "app-health-threshold",
        "block-shutdown-duration", "graceful-shutdown-seconds", "log-as-json", "sidecar-cpu-request", "sidecar-cpu-limit", "sidecar-memory-request",
        "sidecar-memory-limit", "sidecar-seccomp-profile-type", "env",
    ];

    public static IEnumerable<string> Problems(Manifest service)
    {
        var made = service.Deployment;
        var annotations = service.Annotations.Where(pair => pair.Key.StartsWith("dapr.io/", StringComparison.Ordinal)).ToDictionary(pair => pair.Key["dapr.io/".Length..], pair => pair.Value);
        var missing = Needed.Except(annotations.Keys).Select(name => $"{made}: annotation dapr.io/{name} is missing.").ToArray();
        if (missing.Length > 0) return missing;
        return
        [
            .. annotations.Keys.Except(Needed).Select(name => $"{made}: annotation dapr.io/{name} is unknown."),
            .. Is("enabled", "true"),
            .. Is("app-id", service.Name),
            .. Is("app-port", service.HttpPort.ToString(CultureInfo.InvariantCulture)),
            .. Is("app-protocol", "http"),
            .. Is("log-as-json", "true"),
            .. Is("enable-app-health-check", "true"),
            .. Is("app-health-check-path", "/readyz"),
            .. Is("disable-builtin-k8s-secret-store", "true"),
            .. Is("sidecar-seccomp-profile-type", "RuntimeDefault"),
            // The injector gives the sidecar its token; the service must load the same one.
            .. Token("api-token-secret", "DAPR_API_TOKEN"),
            .. Token("app-token-secret", "APP_API_TOKEN"),
            .. service.InNamespace.Any(other => other.Kind == "Configuration" && other.Name == annotations["config"]) ? Array.Empty<string>() : [$"{made}: there is no Configuration {annotations["config"]}."],
            .. Memory(),
            .. Stop(),
        ];

        IEnumerable<string> Is(string name, string wanted) => annotations[name] == wanted ? [] : [$"{made}: annotation dapr.io/{name} has to be {wanted}."];

        IEnumerable<string> Token(string name, string variable) => service.Settings.GetValueOrDefault(variable) == $"{annotations[name]}/token"
            ? []
            : [$"{made}: {variable} has to be the field token of the Secret {annotations[name]}, as dapr.io/{name} says."];

        IEnumerable<string> Memory()
        {
            var limit = ServiceRules.Mebibytes(annotations["sidecar-memory-limit"]);
            var share = annotations["env"].Split(',').FirstOrDefault(pair => pair.StartsWith("GOMEMLIMIT=", StringComparison.Ordinal)) is { } set ? ServiceRules.Mebibytes(set["GOMEMLIMIT=".Length..]) / limit : 0;
            return share is >= 0.85 and <= 0.95 ? [] : [$"{made}: GOMEMLIMIT in dapr.io/env has to be nine tenths of the sidecar's memory."];
        }

        IEnumerable<string> Stop()
        {
            var block = TimeSpan.FromSeconds(int.Parse(annotations["block-shutdown-duration"].TrimEnd('s'), CultureInfo.InvariantCulture));
            var graceful = TimeSpan.FromSeconds(int.Parse(annotations["graceful-shutdown-seconds"], CultureInfo.InvariantCulture));
            if (block < service.Stop) yield return $"{made}: dapr.io/block-shutdown-duration has to be {service.Stop.TotalSeconds:0} s at least: the service publishes for that long.";
            if (service.Grace <= block + graceful) yield return $"{made}: terminationGracePeriodSeconds has to be more than what the sidecar takes, {(block + graceful).TotalSeconds:0} s.";
        }
    }
}
