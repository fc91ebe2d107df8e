using System.Globalization;
using System.Text.Json.Nodes;
using Jiceng.DeployTests.Rendering;

namespace Jiceng.DeployTests.Rules;

/// <summary>A connection between pods or to the outside. <paramref name="To"/> is null for an address outside of the cluster.</summary>
internal sealed record Flow(string Why, IReadOnlyDictionary<string, string> From, IReadOnlyDictionary<string, string>? To, string ToNamespace, int Port, string Protocol = "TCP");

/// <summary>Connections that the network policies of a namespace allow.</summary>
internal sealed class NetworkRules(string space, IReadOnlyList<KubeObject> objects)
{
    private const string NamespaceName = "kubernetes.io/metadata.name";
    private readonly KubeObject[] _policies = [.. objects.Where(made => made.Kind == "NetworkPolicy" && made.Namespace == space)];

    /// <summary>A flow needs a rule at each end within the namespace.</summary>
    public IEnumerable<string> Missing(Flow flow)
    {
        if (!_policies.Any(policy => Selects(policy, flow.From) && Rules(policy, "egress", "to").Any(rule => Allows(rule, flow.To, flow.ToNamespace, flow))))
            yield return $"{space}: {flow.Why}: no policy allows the egress.";
        // Pods of another component come with their own rules.
        var here = flow.To is { } to && flow.ToNamespace == space && objects.Any(made => made.Namespace == space && made.Pod is { } pod && Includes(pod.Map("metadata.labels").Texts(), to));
        if (here && !_policies.Any(policy => Selects(policy, flow.To!) && Rules(policy, "ingress", "from").Any(rule => Allows(rule, flow.From, space, flow))))
            yield return $"{space}: {flow.Why}: no policy allows the ingress.";
    }

    /// <summary>Everything is denied by default, and no rule allows everything.</summary>
    public IEnumerable<string> TooWide()
    {
        if (!_policies.Any(policy => policy.Content.Map("spec.podSelector") is { Count: 0 } && policy.Content.Texts("spec.policyTypes").Order(StringComparer.Ordinal).SequenceEqual(["Egress", "Ingress"])
                && policy.Content.At("spec.ingress") is null && policy.Content.At("spec.egress") is null))
            yield return $"{space}: no policy denies everything by default.";
        foreach (var policy in _policies)
        {
            foreach (var (direction, side) in ((string, string)[])[("ingress", "from"), ("egress", "to")])
            {
                foreach (var rule in policy.Content.List($"spec.{direction}"))
                {
                    var peers = rule.List(side).ToArray();
                    if (peers.Length == 0) yield return $"{policy}: a rule of {direction} without '{side}' allows all peers.";
                    if (!rule.List("ports").Any() || rule.List("ports").Any(port => port.At("port") is null)) yield return $"{policy}: a rule of {direction} without ports lets every port through.";
                    foreach (var peer in peers)
                        if (IsWide(peer)) yield return $"{policy}: a rule of {direction} selects all peers: {peer.ToJsonString()}.";
                }
            }
        }
    }

    private static bool IsWide(JsonObject peer)
    {
        if (peer.Text("ipBlock.cidr") is { } cidr) return cidr.EndsWith("/0", StringComparison.Ordinal);
        return peer.Count == 0 || peer.Any(pair => pair.Value is JsonObject { Count: 0 });
    }

    private static IEnumerable<(JsonObject Rule, string Side)> Rules(KubeObject policy, string direction, string side) =>
        policy.Content.List($"spec.{direction}").Select(rule => (rule, side));

    private static bool Selects(KubeObject policy, IReadOnlyDictionary<string, string> labels) => Matches(policy.Content.Map("spec.podSelector"), labels);

    private bool Allows((JsonObject Rule, string Side) rule, IReadOnlyDictionary<string, string>? labels, string peerSpace, Flow flow) =>
        rule.Rule.List("ports").Any(port => port.Number("port") == flow.Port && (port.Text("protocol") ?? "TCP") == flow.Protocol)
        && rule.Rule.List(rule.Side).Any(peer => labels is null ? peer.ContainsKey("ipBlock") : Is(peer, labels, peerSpace));

    private bool Is(JsonObject peer, IReadOnlyDictionary<string, string> labels, string peerSpace)
    {
        if (peer.ContainsKey("ipBlock")) return false;
        var spaces = peer.Map("namespaceSelector");
        if (spaces is null ? peerSpace != space : !Matches(spaces, new Dictionary<string, string> { [NamespaceName] = peerSpace })) return false;
        return peer.Map("podSelector") is not { } pods || Matches(pods, labels);
    }

    private static bool Matches(JsonObject? selector, IReadOnlyDictionary<string, string> labels) =>
        selector is not null && Includes(labels, selector.Map("matchLabels").Texts())
        && selector.List("matchExpressions").All(expression => expression.Text("operator") == "In"
            && labels.TryGetValue(expression.Text("key")!, out var value) && expression.Texts("values").Contains(value));

    private static bool Includes(IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> wanted) =>
        wanted.All(label => labels.GetValueOrDefault(label.Key) == label.Value);
}

/// <summary>Required connections according to the settings in the manifests.</summary>
internal static class Flows
{
    private static readonly Dictionary<string, string> Anybody = [];

    public static IEnumerable<Flow> Of(string space, IReadOnlyList<KubeObject> objects)
    {
        var services = Manifest.Of(objects).Where(service => service.Deployment.Namespace == space).ToArray();
        var byName = services.ToDictionary(service => service.Name);
        foreach (var service in services)
        {
            foreach (var (name, value) in service.Settings.Where(setting => setting.Key.StartsWith("Feeds__", StringComparison.Ordinal) || setting.Key.StartsWith("ReverseProxy__", StringComparison.Ordinal)))
            {
                var address = new Uri(value.Replace("dns:///", "http://", StringComparison.Ordinal));
                yield return new Flow($"{service.Name} calls {address.Authority} ({name})", service.Labels, byName[address.Host].Labels, space, address.Port);
            }

            var collector = new Uri(service.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"]);
            yield return new Flow($"{service.Name} exports to {collector.Authority}", service.Labels, new Dictionary<string, string> { ["app.kubernetes.io/name"] = collector.Host }, space, collector.Port);
            if (service.Settings.ContainsKey("Authentication__Authority")) yield return new Flow($"{service.Name} fetches the issuer's keys", service.Labels, null, "", 443);
            if (!service.HasSidecar) continue;
            foreach (var port in (int[])[50001, 6500, 50005, 50006]) yield return new Flow($"the sidecar of {service.Name} calls port {port} of the control plane", service.Labels, Anybody, "dapr-system", port);
        }

        foreach (var made in objects.Where(made => made.Namespace == space && made.Pod is not null))
        {
            var (labels, variables) = (made.Pod!.Map("metadata.labels").Texts(), made.Pod!.List("spec.containers").SelectMany(container => container.List("env")).Select(variable => variable.Text("name")).ToArray());
            foreach (var protocol in (string[])["UDP", "TCP"]) yield return new Flow($"{made.Name} looks up names by {protocol}", labels, new Dictionary<string, string> { ["k8s-app"] = "kube-dns" }, "kube-system", 53, protocol);
            if (variables.Contains("ConnectionStrings__Postgres")) yield return Store(made, labels, "postgres", 5432);
            var sidecar = made.Pod!.Map("metadata.annotations").Texts().GetValueOrDefault("dapr.io/enabled") == "true";
            if (sidecar || (variables.Contains("ConnectionStrings__Redis") && made.Kind == "Deployment")) yield return Store(made, labels, "redis", 6379);
        }

        // Inside the namespace of its pods, or else outside of the cluster.
        Flow Store(KubeObject made, IReadOnlyDictionary<string, string> labels, string store, int port) => new(
            $"{made.Name} asks {store}", labels,
            objects.FirstOrDefault(other => other.Kind == "StatefulSet" && other.Namespace == space && other.Name == store)?.Pod!.Map("metadata.labels").Texts(),
            space, port);
    }
}
