using System.Text.Json.Nodes;
using Jiceng.DeployTests.Rendering;
using Jiceng.DeployTests.Rules;
using Shouldly;
using Xunit;

namespace Jiceng.DeployTests;

/// <summary>Rules for every overlay.</summary>
public sealed class PolicyTests
{
    private const string County = "overlays/county";
    private static readonly string[] Replicated = [.. Kustomize.Overlays.Where(overlay => overlay != "overlays/trial")];

    public static TheoryData<string> Overlays => [.. Kustomize.Overlays];

    public static TheoryData<string> ReplicatedOverlays => [.. Replicated];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Pods_OfOverlay_HaveLeastPrivilege(string overlay) => Kustomize.Render(overlay).SelectMany(PodRules.Problems).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Services_OfOverlay_StartServeAndStopInOrder(string overlay)
    {
        var services = Manifest.Of(Kustomize.Render(overlay));

        services.Select(service => service.Name).Distinct().Order(StringComparer.Ordinal).ShouldBe(["cadre", "gateway", "grid", "scoring"]);
        services.SelectMany(Problems).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Sidecars_OfOverlay_AreFullyConfigured(string overlay)
    {
        var services = Manifest.Of(Kustomize.Render(overlay));

        services.Where(service => service.HasSidecar).Select(service => service.Name).Distinct().Order(StringComparer.Ordinal).ShouldBe(Repository.Services);
        services.Where(service => service.HasSidecar).SelectMany(SidecarRules.Problems).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(ReplicatedOverlays))]
    public void Services_OfCounty_HaveAtLeastTwoReplicas(string overlay) => Manifest.Of(Kustomize.Render(overlay)).SelectMany(ServiceRules.Replicated).ShouldBeEmpty();

    [Fact]
    public void Services_OfTrial_HaveOneReplicaAndNoBudget()
    {
        var objects = Kustomize.Render("overlays/trial");

        objects.ShouldNotContain(made => made.Kind == "PodDisruptionBudget" || made.Kind == "HorizontalPodAutoscaler");
        Manifest.Of(objects).ShouldAllBe(service => service.Deployment.Content.Number("spec.replicas") == 1);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Secrets_OfOverlay_AreInNoManifest(string overlay)
    {
        var objects = Kustomize.Render(overlay);

        objects.ShouldNotContain(made => made.Kind == "Secret");
        objects.Where(made => made.Kind == "ConfigMap").SelectMany(made => made.Content.Map("data").Texts().Values).ShouldAllBe(value => !value.Contains("Password=") && !value.Contains("PRIVATE KEY"));
    }

    [Theory]
    [MemberData(nameof(ReplicatedOverlays))]
    public void Secrets_ReferencedByPodsAndComponents_AreFetched(string overlay)
    {
        var objects = Kustomize.Render(overlay);
        var made = Fetched(objects).ToHashSet();

        foreach (var one in objects.Where(one => one.Kind != "ExternalSecret")) Secrets(one.Content).Where(name => !made.Contains($"{one.Namespace}/{name}")).ShouldBeEmpty($"{one} needs Secrets that nothing makes");
    }

    /// <summary>
    /// The Secrets of an optional component beyond the county's are fetched by the component of the same name below external-secrets.
    /// </summary>
    [Theory]
    [InlineData("backup")]
    [InlineData("client-certificates")]
    [InlineData("observability")]
    [InlineData("webhooks")]
    public void Secrets_OfOptionalComponent_AreFetchedByItsCounterpart(string name)
    {
        var known = Fetched(Kustomize.Render(County)).ToArray();
        var needed = Kustomize.RenderComponent($"components/{name}").Where(one => one.Kind != "ExternalSecret").SelectMany(one => Secrets(one.Content).Select(secret => $"{one.Namespace}/{secret}")).Distinct().Except(known);

        Fetched(Kustomize.RenderComponent($"components/external-secrets/{name}")).ShouldBe(needed);
    }

    [Fact]
    public void ClientCertificates_Ingress_ExposesTlsPortOnlyToSystems()
    {
        var objects = Kustomize.RenderComponent("components/client-certificates");
        var gateway = Manifest.Of(objects).Single(service => service.Name == "gateway");
        var port = new Uri(gateway.Settings["Endpoints__Tls"].Replace("*", "0.0.0.0")).Port;

        port.ShouldBe(new Uri(CodeFacts.LocalApps["gateway"].Text("env.Endpoints__Tls")!).Port);
        gateway.Container.List("ports").Single(one => one.Text("name") == "tls").Number("containerPort").ShouldBe(port);
        var way = objects.Single(one => one.Kind == "Service" && one.Name == "gateway-systems").Content;
        way.Map("spec.selector").Texts().ShouldBe(gateway.InNamespace.Single(one => one.Kind == "Service" && one.Name == "gateway").Content.Map("spec.selector").Texts());
        way.List("spec.ports").ShouldHaveSingleItem().Text("targetPort").ShouldBe("tls");
        var rule = objects.Single(one => one.Kind == "NetworkPolicy" && one.Name == "gateway-systems").Content.List("spec.ingress").ShouldHaveSingleItem();
        rule.List("ports").ShouldHaveSingleItem().Number("port").ShouldBe(port);
        rule.List("from").ShouldHaveSingleItem().Text("ipBlock.cidr").ShouldBe(way.Texts("spec.loadBalancerSourceRanges").ShouldHaveSingleItem());
        var mounted = gateway.Container.List("volumeMounts").Select(mount => mount.Text("mountPath")).ToArray();
        foreach (var file in (string[])["Tls__CertificateFile", "Tls__KeyFile", "Tls__ClientAuthorityFile"]) mounted.ShouldContain(Path.GetDirectoryName(gateway.Settings[file]));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Network_OfOverlay_AllowsOnlyRequiredFlows(string overlay)
    {
        var objects = Kustomize.Render(overlay);
        foreach (var space in Spaces(objects))
        {
            var (rules, flows) = (new NetworkRules(space, objects), Flows.Of(space, objects).ToArray());
            flows.Length.ShouldBeGreaterThan(30);
            flows.SelectMany(rules.Missing).ShouldBeEmpty();
            rules.TooWide().ShouldBeEmpty();
        }
    }

    [Theory]
    [MemberData(nameof(ReplicatedOverlays))]
    public void Network_OfCounty_AdmitsCallersOnlyThroughProxy(string overlay)
    {
        var objects = Kustomize.Render(overlay);
        foreach (var gateway in Manifest.Of(objects).Where(service => service.Name == "gateway"))
        {
            var letIn = gateway.InNamespace.Where(made => made.Kind == "NetworkPolicy" && made.Content.Map("spec.podSelector.matchLabels").Texts().GetValueOrDefault("app.kubernetes.io/name") == "gateway").SelectMany(made => made.Content.List("spec.ingress")).ToArray();
            var rule = letIn.ShouldHaveSingleItem();
            rule.List("from").Single().Map("namespaceSelector.matchLabels").Texts().ShouldBe([KeyValuePair.Create("kubernetes.io/metadata.name", "envoy-gateway-system")]);
            rule.List("ports").Single().Number("port").ShouldBe(gateway.GrpcPort);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Namespaces_OfOverlay_AreRestrictedAndComplete(string overlay)
    {
        var objects = Kustomize.Render(overlay);
        var spaces = objects.Where(made => made.Kind == "Namespace").ToArray();

        spaces.ShouldNotBeEmpty();
        foreach (var space in spaces) space.Content.Map("metadata.labels").Texts()["pod-security.kubernetes.io/enforce"].ShouldBe("restricted");
        objects.Where(made => made.Kind != "Namespace").Select(made => made.Namespace).Distinct().ShouldBe(spaces.Select(space => space.Name), ignoreOrder: true);
    }

    [Fact]
    public void Province_EachCounty_HasItsNamespaceAndAddresses()
    {
        var objects = Kustomize.Render("overlays/province");
        var counties = Directory.EnumerateDirectories(Path.Combine(Repository.Kubernetes, "overlays", "province")).Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])).ToArray();

        Spaces(objects).ShouldBe(counties.Select(code => $"jiceng-{code}"), ignoreOrder: true);
        foreach (var service in Manifest.Of(objects)) service.Settings["OTEL_RESOURCE_ATTRIBUTES"].ShouldBe($"jiceng.county={service.Deployment.Namespace!["jiceng-".Length..]}");
        var hosts = objects.Where(made => made.Kind == "HTTPRoute").SelectMany(made => made.Content.Texts("spec.hostnames")).ToArray();
        hosts.ShouldBe(counties.Select(code => $"{code}.jiceng.province.example"), ignoreOrder: true);
        var stores = objects.Where(made => made.Kind == "NetworkPolicy" && made.Name is "to-postgres" or "to-redis").Select(made => made.Content.List("spec.egress").Single().List("to").Single().Text("ipBlock.cidr"));
        stores.ShouldBeUnique();
    }

    /// <summary>Every rule can fail: the test removes something from the gateway or grid in the county overlay.</summary>
    [Theory]
    [InlineData("Deployment/grid", "spec.template.spec.automountServiceAccountToken")]
    [InlineData("Deployment/grid", "spec.template.spec.enableServiceLinks")]
    [InlineData("Deployment/grid", "spec.template.spec.securityContext")]
    [InlineData("Deployment/grid", "spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem")]
    [InlineData("Deployment/grid", "spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation")]
    [InlineData("Deployment/grid", "spec.template.spec.containers.0.securityContext.capabilities")]
    [InlineData("Deployment/grid", "spec.template.spec.containers.0.resources.limits.memory")]
    [InlineData("Deployment/grid", "spec.template.spec.containers.0.volumeMounts")]
    [InlineData("Deployment/grid", "spec.template.spec.containers.0.startupProbe.grpc.service")]
    [InlineData("Deployment/grid", "spec.template.spec.containers.0.livenessProbe")]
    [InlineData("Deployment/gateway", "spec.template.spec.containers.0.livenessProbe.grpc.service")]
    [InlineData("Deployment/gateway", "spec.template.spec.topologySpreadConstraints")]
    [InlineData("Deployment/gateway", "spec.template.spec.terminationGracePeriodSeconds")]
    [InlineData("Deployment/gateway", "spec.strategy")]
    [InlineData("Deployment/grid", "spec.template.metadata.annotations.dapr.io/app-token-secret")]
    [InlineData("Deployment/grid", "spec.template.metadata.annotations.dapr.io/block-shutdown-duration")]
    [InlineData("Service/grid", "spec.clusterIP")]
    [InlineData("HorizontalPodAutoscaler/grid", "spec.minReplicas")]
    [InlineData("PodDisruptionBudget/grid", "spec.minAvailable")]
    [InlineData("Job/grid-migrate", "spec.template.spec.containers.0.args")]
    [InlineData("NetworkPolicy/grid", "spec.ingress")]
    [InlineData("NetworkPolicy/scoring", "spec.egress")]
    [InlineData("NetworkPolicy/gateway", "spec.egress.0.ports")]
    [InlineData("NetworkPolicy/to-postgres", "spec.egress.0.to")]
    [InlineData("NetworkPolicy/default-deny", "spec.policyTypes")]
    [InlineData("Configuration/jiceng", "metadata.name")]
    public void Rules_SomethingRemoved_IsReported(string target, string path)
    {
        var objects = Kustomize.Render(County).Select(made => made.Copy()).ToArray();
        AllProblems(objects).ShouldBeEmpty();
        Remove(objects.Single(made => $"{made.Kind}/{made.Name}" == target).Content, path);

        AllProblems(objects).ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("jiceng/grid:latest")]
    [InlineData("jiceng/grid")]
    [InlineData("registry.example:5000/jiceng/grid")]
    public void Image_WithoutVersion_IsReported(string image) => PodRules.Image("x", image).ShouldNotBeEmpty();

    private static IEnumerable<string> Problems(Manifest service)
    {
        var problems = ServiceRules.Problems(service, CodeFacts.HealthName("Started"), CodeFacts.HealthName("Live"), CodeFacts.ResolveInterval).Concat(ServiceRules.Headless(service));
        return service.Name == "gateway" ? problems : problems.Concat(ServiceRules.Migrated(service, "migrate"));
    }

    private static List<string> AllProblems(KubeObject[] objects)
    {
        var (services, rules) = (Manifest.Of(objects), new NetworkRules("jiceng", objects));
        return
        [
            .. objects.SelectMany(PodRules.Problems), .. services.SelectMany(Problems), .. services.SelectMany(ServiceRules.Replicated),
            .. services.Where(service => service.HasSidecar).SelectMany(SidecarRules.Problems),
            .. Flows.Of("jiceng", objects).SelectMany(rules.Missing), .. rules.TooWide(),
        ];
    }

    private static void Remove(JsonObject content, string path)
    {
        // Annotation names contain dots.
        var annotation = path.IndexOf("annotations.", StringComparison.Ordinal);
        var parts = annotation < 0 ? path.Split('.') : [.. path[..annotation].TrimEnd('.').Split('.'), "annotations", path[(annotation + "annotations.".Length)..]];
        JsonNode at = content;
        foreach (var part in parts[..^1]) at = at is JsonArray list ? list[int.Parse(part, null)]! : at[part]!;
        ((JsonObject)at).Remove(parts[^1]).ShouldBeTrue();
    }

    /// <summary>Secrets created from the county's store: namespace/name.</summary>
    private static IEnumerable<string> Fetched(IReadOnlyList<KubeObject> objects) =>
        objects.Where(one => one.Kind == "ExternalSecret").Select(one => $"{one.Namespace}/{one.Content.Text("spec.target.name")}");

    private static string[] Spaces(IReadOnlyList<KubeObject> objects) => [.. objects.Where(made => made.Kind == "Namespace").Select(made => made.Name)];

    /// <summary>Names of the Secrets that an object refers to.</summary>
    internal static IEnumerable<string> Secrets(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Key switch
        {
            "secretKeyRef" or "secretRef" => pair.Value.Text("name") is { } name ? [name] : [],
            "secretName" => [pair.Value!.ToString()],
            "certificateRefs" => map.List("certificateRefs").Select(reference => reference.Text("name")!),
            "dapr.io/api-token-secret" or "dapr.io/app-token-secret" => [pair.Value!.ToString()],
            _ => Secrets(pair.Value),
        }),
        JsonArray list => list.SelectMany(Secrets),
        _ => [],
    };
}
