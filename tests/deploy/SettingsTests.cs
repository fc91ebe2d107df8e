using System.Security.Cryptography;
using Jiceng.DeployTests.Rendering;
using Jiceng.DeployTests.Rules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Jiceng.DeployTests;

/// <summary>The manifests set what the services read, with the names and ports of the code.</summary>
public sealed class SettingsTests
{
    public static TheoryData<string> Overlays => [.. Kustomize.Overlays];

    public static TheoryData<string> Components => [.. Kustomize.Components];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Settings_OfManifests_AreReadByCode(string overlay)
    {
        var services = Manifest.Of(Kustomize.Render(overlay));

        services.SelectMany(service => service.Settings.Keys).Distinct().Where(name => !CodeFacts.Reads(name)).ShouldBeEmpty("no code reads these");
        Kustomize.Render(overlay).Where(made => made.Kind == "Job").SelectMany(job => job.Pod!.List("spec.containers").Single().List("env")).Select(variable => variable.Text("name")!)
            .Where(name => !CodeFacts.Reads(name)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Components))]
    public void Settings_OfComponent_AreReadByCode(string folder) =>
        Manifest.Of(Kustomize.RenderComponent(folder)).SelectMany(service => service.Settings.Keys).Distinct().Where(name => !CodeFacts.Reads(name)).ShouldBeEmpty("no code reads these");

    [Theory]
    [InlineData("Shutdown__Dealy")]
    [InlineData("Feeds__tax")]
    [InlineData("Limits__CallsPerMinute")]
    [InlineData("Authentication__Authorities")]
    [InlineData("ConnectionStrings__Mongo")]
    [InlineData("ReverseProxy__Clusters__tax__Destinations__a__Address")]
    [InlineData("OTEL_EXPORTER_ENDPOINT")]
    public void Settings_Unread_AreReported(string name) => CodeFacts.Reads(name).ShouldBeFalse();

    [Theory]
    [InlineData("Limits__Deadline")]
    [InlineData("Limits__Read__CallsPerSecond")]
    [InlineData("Authentication__Claims__Roles")]
    [InlineData("Authentication__Roles__wgy")]
    [InlineData("Outbox__Retention")]
    [InlineData("Replicas__Period")]
    [InlineData("Services__TokenFile")]
    public void Settings_Read_AreRecognized(string name) => CodeFacts.Reads(name).ShouldBeTrue();

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Services_WithManifestSettings_MissNothing(string overlay)
    {
        var folder = Directory.CreateTempSubdirectory("jiceng-settings-");
        try
        {
            foreach (var service in Manifest.Of(Kustomize.Render(overlay)))
            {
                await using var app = CodeFacts.Build(service.Name, Filled(service, folder));
                app.Services.GetRequiredService<IStartupValidator>().Validate();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Ports_OfManifests_MatchLocalRun(string overlay)
    {
        foreach (var service in Manifest.Of(Kustomize.Render(overlay)))
        {
            var local = CodeFacts.LocalApps[service.Name];
            service.GrpcPort.ShouldBe(new Uri(local.Text("env.Endpoints__Grpc")!).Port);
            service.HttpPort.ShouldBe(new Uri(local.Text("env.Endpoints__Http")!).Port);
            service.Container.List("ports").Single(port => port.Text("name") == "grpc").Number("containerPort").ShouldBe(service.GrpcPort);
            if (service.HasSidecar) service.HttpPort.ShouldBe(local.Number("appPort").ShouldNotBeNull());
            if (service.Name == "gateway") continue;
            new Uri(CodeFacts.GatewaySettings.Text($"ReverseProxy.Clusters.{service.Name}.Destinations.a.Address")!).Port.ShouldBe(service.GrpcPort);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Feeds_OfManifests_MatchCode(string overlay)
    {
        var services = Manifest.Of(Kustomize.Render(overlay));
        foreach (var service in services.Where(service => service.Name != "gateway"))
        {
            await using var app = CodeFacts.Build(service.Name, Filled(service, null));
            var feeds = service.Settings.Where(setting => setting.Key.StartsWith("Feeds__", StringComparison.Ordinal)).ToDictionary(setting => setting.Key["Feeds__".Length..], setting => setting.Value);

            feeds.Keys.ShouldBe(CodeFacts.HandledBy(app).TypesByService.Select(types => types.Key), ignoreOrder: true);
            CodeFacts.LocalApps[service.Name].Map("env").Texts().Keys.Where(name => name.StartsWith("Feeds__", StringComparison.Ordinal)).Select(name => name["Feeds__".Length..]).ShouldBe(feeds.Keys, ignoreOrder: true);
            foreach (var (name, address) in feeds) address.ShouldBe($"dns:///{name}:{services.First(other => other.Name == name).GrpcPort}");
            service.Settings.ContainsKey("Services__TokenFile").ShouldBe(feeds.Count > 0, "who reads feeds shows a token");
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Gateway_OfOverlay_AddressesEveryServiceByName(string overlay)
    {
        var services = Manifest.Of(Kustomize.Render(overlay));
        foreach (var gateway in services.Where(service => service.Name == "gateway"))
            foreach (var service in services.Where(service => service.Name != "gateway"))
                gateway.Settings[$"ReverseProxy__Clusters__{service.Name}__Destinations__a__Address"].ShouldBe($"http://{service.Name}:{service.GrpcPort}");
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Images_OfOverlay_HaveThisVersion(string overlay)
    {
        foreach (var service in Manifest.Of(Kustomize.Render(overlay)))
            service.Container.Text("image")!.ShouldEndWith($"jiceng/{service.Name}:{CodeFacts.Version}");
    }

    /// <summary>The settings with placeholders for values from Secrets and files.</summary>
    private static Dictionary<string, string> Filled(Manifest service, DirectoryInfo? folder)
    {
        var settings = new Dictionary<string, string>(service.Settings);
        foreach (var source in service.Container.List("envFrom").Where(source => source.Text("secretRef.name") == "personal-keys"))
        {
            settings["Personal__CurrentKey"] = "k1";
            settings["Personal__Keys__k1"] = settings["Personal__HashKey"] = Convert.ToBase64String(new byte[32]);
        }

        if (settings.ContainsKey("ConnectionStrings__Postgres")) settings["ConnectionStrings__Postgres"] = "Host=nowhere;Database=x;Username=x";
        if (settings.ContainsKey("ConnectionStrings__Redis")) settings["ConnectionStrings__Redis"] = "nowhere:6379";
        if (folder is not null && settings.ContainsKey("Authentication__PublicKeyFile"))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(settings["Authentication__PublicKeyFile"] = Path.Combine(folder.FullName, "public.pem"), key.ExportSubjectPublicKeyInfoPem());
        }

        return settings;
    }
}
