using System.Text.Json.Nodes;
using Jiceng.DeployTests.Rendering;
using Jiceng.DeployTests.Schemas;
using Shouldly;
using Xunit;

namespace Jiceng.DeployTests;

/// <summary>Every folder renders to objects that a cluster accepts.</summary>
public sealed class RenderTests
{
    public static TheoryData<string> Parts => ["base", .. Directory.EnumerateDirectories(Path.Combine(Repository.Kubernetes, "base")).Select(folder => $"base/{Path.GetFileName(folder)}"), .. Kustomize.Overlays];

    public static TheoryData<string> Components => [.. Kustomize.Components];

    [Theory]
    [MemberData(nameof(Parts))]
    public void Folder_Rendered_IsValid(string folder)
    {
        var objects = Kustomize.Render(folder);

        objects.ShouldNotBeEmpty();
        objects.SelectMany(Schema.Known.Problems).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Components))]
    public void Component_OnBase_IsValid(string folder) =>
        Kustomize.RenderComponent(folder).SelectMany(Schema.Known.Problems).ShouldBeEmpty();

    /// <summary>kustomize silently ignores a patch with a misspelled target.</summary>
    [Theory]
    [MemberData(nameof(Components))]
    public void Component_EachPatch_MatchesATarget(string folder)
    {
        var objects = Kustomize.RenderComponent(folder);
        var targets = KubeObject.Parse(File.ReadAllText(Path.Combine(Repository.Kubernetes, folder, "kustomization.yaml")))[0].Content.List("patches").Select(patch => patch.Map("target").ShouldNotBeNull());

        targets.Where(target => !objects.Any(made => IsTarget(made, target))).Select(target => target.ToJsonString()).ShouldBeEmpty("these patches change nothing");
    }

    [Fact]
    public void Folders_Expected_AreFound()
    {
        foreach (var overlay in (string[])["overlays/trial", "overlays/county", "overlays/province", "overlays/province/140224"]) Kustomize.Overlays.ShouldContain(overlay);
        Kustomize.Components.Count.ShouldBeGreaterThan(8);
    }

    [Fact]
    public void Folders_OfVariations_HaveAReadme()
    {
        foreach (var below in (string[])["overlays", "components"])
            foreach (var folder in Directory.EnumerateDirectories(Path.Combine(Repository.Kubernetes, below)))
                File.Exists(Path.Combine(folder, "README.md")).ShouldBeTrue($"{folder} has to have a README.md");
    }

    [Fact]
    public void Overlay_Readme_HasItsRolloutCommand()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.Combine(Repository.Kubernetes, "overlays")))
            File.ReadAllText(Path.Combine(folder, "README.md")).ShouldContain($"deploy/k8s/rollout.sh deploy/k8s/overlays/{Path.GetFileName(folder)}");
    }

    [Theory]
    [InlineData("replicas: 2", "replicsa: 2", "spec.replicsa is unknown")]
    [InlineData("replicas: 2", "replicas: two", "has to be a number")]
    [InlineData("kind: Deployment", "kind: Deploymint", "is no kind that is known here")]
    [InlineData("name: a", "nome: a", "spec.template.spec.containers[0].name is missing")]
    [InlineData("type: RollingUpdate", "type: Rolling", "has to be Recreate or RollingUpdate")]
    [InlineData("[{name: a}]", "{name: a}", "spec.template.spec.containers has to be a list")]
    public void Schema_InvalidObject_IsReportedWithPath(string right, string wrong, string problemText)
    {
        const string Deployment =
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: x}
            spec:
              replicas: 2
              strategy: {type: RollingUpdate}
              selector: {matchLabels: {a: b}}
              template: {spec: {containers: [{name: a}]}}
            """;
        Deployment.ShouldContain(right);
        KubeObject.Parse(Deployment).SelectMany(Schema.Known.Problems).ShouldBeEmpty();

        KubeObject.Parse(Deployment.Replace(right, wrong, StringComparison.Ordinal)).SelectMany(Schema.Known.Problems).ShouldContain(problem => problem.Contains(problemText));
    }

    [Fact]
    public void Schema_OldSubscriptionVersion_IsReported()
    {
        var problems = KubeObject.Parse(
            """
            apiVersion: dapr.io/v2alpha1
            kind: Subscription
            metadata: {name: x}
            spec: {pubsubname: pubsub, topic: t, route: /t}
            """).SelectMany(Schema.Known.Problems).ToArray();

        problems.ShouldBe(["Subscription x.spec.routes is missing.", "Subscription x.spec.route is unknown."]);
    }

    private static bool IsTarget(KubeObject made, JsonObject target) => made.Kind == target.Text("kind")
        && (target.Text("name") is not { } name || made.Name == name)
        && (target.Text("labelSelector")?.Split('=') is not [var key, var value] || made.Content.Map("metadata.labels").Texts().GetValueOrDefault(key) == value);
}
