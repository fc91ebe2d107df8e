using System.Globalization;
using System.Text.Json.Nodes;
using Jiceng.DeployTests.Rendering;

namespace Jiceng.DeployTests.Rules;

/// <summary>A service of the suite in the objects of an overlay.</summary>
internal sealed record Manifest(KubeObject Deployment, IReadOnlyList<KubeObject> All)
{
    public string Name => Deployment.Name;

    public JsonObject Pod => Deployment.Pod!;

    public JsonObject Container => Pod.List("spec.containers").Single();

    public IReadOnlyDictionary<string, string> Annotations => Pod.Map("metadata.annotations").Texts();

    public IReadOnlyDictionary<string, string> Labels => Pod.Map("metadata.labels").Texts();

    public bool HasSidecar => Annotations.GetValueOrDefault("dapr.io/enabled") == "true";

    /// <summary>The settings in the manifests; a secret has its name and key as its value.</summary>
    public IReadOnlyDictionary<string, string> Settings
    {
        get
        {
            var settings = new Dictionary<string, string>(Common);
            foreach (var variable in Container.List("env"))
                settings[variable.Text("name")!] = variable.Text("value")
                    ?? $"{variable.Text("valueFrom.secretKeyRef.name")}/{variable.Text("valueFrom.secretKeyRef.key")}";
            return settings;
        }
    }

    public int GrpcPort => new Uri(Settings["Endpoints__Grpc"].Replace("*", "0.0.0.0")).Port;

    public int HttpPort => new Uri(Settings["Endpoints__Http"].Replace("*", "0.0.0.0")).Port;

    /// <summary>Longest time from SIGTERM to the end of the service.</summary>
    public TimeSpan Stop => Time("Shutdown__Delay") + Time("Shutdown__Timeout");

    public TimeSpan Delay => Time("Shutdown__Delay");

    public TimeSpan Grace => TimeSpan.FromSeconds(Pod.Number("spec.terminationGracePeriodSeconds") ?? 30);

    /// <summary>The objects in the deployment's namespace.</summary>
    public IEnumerable<KubeObject> InNamespace => All.Where(other => other.Namespace == Deployment.Namespace);

    public static IReadOnlyList<Manifest> Of(IReadOnlyList<KubeObject> objects) =>
    [
        .. objects.Where(made => made.Kind == "Deployment" && made.Content.Map("metadata.labels").Texts().GetValueOrDefault("app.kubernetes.io/component") == "service")
            .Select(made => new Manifest(made, objects)),
    ];

    private IEnumerable<KeyValuePair<string, string>> Common =>
        from source in Container.List("envFrom")
        let name = source.Text("configMapRef.name")
        where name is not null
        from map in InNamespace
        where map.Kind == "ConfigMap" && map.Name == name
        from pair in map.Content.Map("data").Texts()
        select pair;

    private TimeSpan Time(string setting) => TimeSpan.Parse(Settings[setting], CultureInfo.InvariantCulture);
}
