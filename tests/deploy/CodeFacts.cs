using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Jiceng.Cadre;
using Jiceng.DeployTests.Rendering;
using Jiceng.Gateway;
using Jiceng.Gateway.Routing;
using Jiceng.Grid;
using Jiceng.Hosting;
using Jiceng.Messaging;
using Jiceng.Scoring;
using Jiceng.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Jiceng.DeployTests;

/// <summary>Facts about the services, read from their code.</summary>
internal static partial class CodeFacts
{
    private static readonly Assembly[] Assemblies =
    [
        typeof(CadreModule).Assembly, typeof(GridModule).Assembly, typeof(ScoringModule).Assembly, typeof(GatewayModule).Assembly,
        typeof(ServiceHost).Assembly, typeof(MessagingRegistration).Assembly, typeof(WebhookRegistration).Assembly,
    ];

    /// <summary>Health service names for the process supervisor.</summary>
    public static string HealthName(string constant) => (string)typeof(ServiceHost).Assembly.GetType("Jiceng.Hosting.ServiceHealth", throwOnError: true)!
        .GetField(constant, BindingFlags.NonPublic | BindingFlags.Static)!.GetRawConstantValue()!;

    public static JsonNode GatewaySettings { get; } = JsonNode.Parse(Repository.Read("services/gateway/gateway.settings.json"))!;

    /// <summary>The gateway's default interval of DNS lookups.</summary>
    public static TimeSpan ResolveInterval => new ReplicaSettings().Period;

    /// <summary>The apps of a local run, by app id.</summary>
    public static IReadOnlyDictionary<string, JsonObject> LocalApps { get; } =
        KubeObject.Parse(Repository.Read("deploy/local/dapr.yaml"))[0].Content.List("apps").ToDictionary(app => app.Text("appID")!);

    public static string Version { get; } = VersionElement().Match(Repository.Read("Directory.Build.props")).Groups[1].Value;

    /// <summary>Topics that a service publishes to.</summary>
    public static IEnumerable<string> Published(string service) => EventTypes.Of(service).Where(type => !type.FeedOnly).Select(type => type.Topic).Distinct();

    /// <summary>Builds a service with these settings like its program, without starting it.</summary>
    public static WebApplication Build(string service, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var builder = ServiceHost.CreateBuilder([], service);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":"), (string?)setting.Value)));
        switch (service)
        {
            case "cadre": builder.AddCadre(); break;
            case "grid": builder.AddGrid(); break;
            case "scoring": builder.AddScoring(); break;
            default: builder.AddGateway(); break;
        }

        return builder.Build();
    }

    /// <summary>Paths that accept deliveries from the sidecar.</summary>
    public static IReadOnlyList<string> DeliveryPaths(WebApplication app, string service)
    {
        switch (service)
        {
            case "cadre": app.MapCadre(); break;
            case "grid": app.MapGrid(); break;
            case "scoring": app.MapScoring(); break;
            default: throw new ArgumentOutOfRangeException(nameof(service));
        }

        return
        [
            .. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
                .Select(endpoint => $"/{endpoint.RoutePattern.RawText?.TrimStart('/')}").Where(path => path.StartsWith("/events/", StringComparison.Ordinal)),
        ];
    }

    public static Subscriptions HandledBy(WebApplication app) => app.Services.GetRequiredService<Subscriptions>();

    /// <summary>Whether any code reads the setting.</summary>
    public static bool Reads(string variable)
    {
        var key = variable.Replace("__", ":");
        // Read by the runtime or a client library.
        if (variable is "DOTNET_EnableDiagnostics" or "DAPR_API_TOKEN") return true;
        if (variable.StartsWith("OTEL_", StringComparison.Ordinal)) return Repository.Read("docs/telemetry.md").Contains($"`{variable}`", StringComparison.Ordinal);
        if (key.StartsWith("ReverseProxy:", StringComparison.Ordinal)) return GatewaySettings.At(key.Replace(':', '.')) is not null;
        if (key.StartsWith("ConnectionStrings:", StringComparison.Ordinal)) return InCode($"GetConnectionString(\"{key["ConnectionStrings:".Length..]}\")");
        if (key.StartsWith("Endpoints:", StringComparison.Ordinal)) return InCode($"Listen(options, \"{key["Endpoints:".Length..]}\"");
        if (key.StartsWith("Feeds:", StringComparison.Ordinal)) return Repository.Services.Contains(key["Feeds:".Length..]) && InCode("$\"Feeds:{");
        return InCode($"[\"{key}\"]") || InCode($"(\"{key}\"") || Bound(key);
    }

    private static bool InCode(string text) => Repository.Sources.Contains(text, StringComparison.Ordinal);

    /// <summary>A property of the class that is bound to the section.</summary>
    private static bool Bound(string key)
    {
        var parts = key.Split(':');
        foreach (Match binding in Binding().Matches(Repository.Sources))
        {
            if (binding.Groups["section"].Value != parts[0]) continue;
            var type = Assemblies.SelectMany(assembly => assembly.GetTypes()).Single(type => type.Name == binding.Groups["type"].Value);
            foreach (var part in parts[1..])
            {
                if (type.IsGenericType) return true;
                if (type.GetProperty(part) is not { } property) return false;
                type = property.PropertyType;
            }

            return true;
        }

        return false;
    }

    [GeneratedRegex(@"AddOptions<(?<type>\w+)>\(\)\.BindConfiguration\(""(?<section>\w+)""\)")]
    private static partial Regex Binding();

    [GeneratedRegex("<Version>([^<]+)</Version>")]
    private static partial Regex VersionElement();
}
