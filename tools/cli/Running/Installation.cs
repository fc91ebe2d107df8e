using System.Globalization;

namespace Jiceng.Cli.Running;

/// <summary>Deviations from the usual installation: benches run release builds, fault runs two replicas.</summary>
internal sealed record Variant
{
    /// <summary>debug or release.</summary>
    public string Configuration { get; init; } = "debug";

    /// <summary>Replicas of each service.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Environment variables for every app.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>A local installation: its folder, base port, secrets and processes.</summary>
internal sealed class Installation(Workspace workspace, Settings settings, Secrets secrets, TimeProvider time, Variant variant)
{
    private const int BetweenReplicas = 100;

    private const string ServiceRole = "service";

    public static readonly string[] Services = ["cadre", "grid", "scoring"];

    public Workspace Workspace { get; } = workspace;

    public Settings Settings { get; } = settings;

    public Secrets Secrets { get; } = secrets;

    public TimeProvider Time { get; } = time;

    public Variant Variant { get; } = variant;

    public int PostgresPort => Settings.BasePort + 54;

    public int RedisPort => Settings.BasePort + 63;

    /// <summary>host:port of the Redis in use.</summary>
    public string Redis => ExternalRedis ?? string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{RedisPort}");

    public static string? ExternalRedis => NotEmpty(Environment.GetEnvironmentVariable("JICENG_REDIS"));

    /// <summary>Administrator connection string of an external PostgreSQL, or null.</summary>
    public static string? ExternalPostgres => NotEmpty(Environment.GetEnvironmentVariable("JICENG_POSTGRES"));

    /// <summary>The gateway's gRPC address without TLS.</summary>
    public string GatewayAddress => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Settings.BasePort}");

    public string GatewayTlsAddress => string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{Settings.BasePort + 443}");

    public IReadOnlyList<DaprApp> Apps { get; } = [.. Load(workspace, settings, variant)];

    public static Installation Open(string? data, int? basePort, TimeProvider time, Variant? variant = null)
    {
        var workspace = Workspace.Find(data);
        return new Installation(workspace, Settings.Load(workspace, basePort), Secrets.Open(workspace, time), time, variant ?? new Variant());
    }

    /// <summary>The settings of an app: those of dapr.yaml, and those that depend on the installation or are secret.</summary>
    public Dictionary<string, string> SettingsOf(DaprApp app, string? postgres)
    {
        var all = new Dictionary<string, string>(app.Settings, StringComparer.Ordinal)
        {
            ["DOTNET_NOLOGO"] = "1",
            ["Authentication__PublicKeyFile"] = Secrets.TokenPublicKeyFile,
            ["Tls__CertificateFile"] = Secrets.CertificateFile,
            ["Tls__KeyFile"] = Secrets.CertificateKeyFile,
            ["ConnectionStrings__Redis"] = Redis,
        };
        foreach (var (name, value) in Variant.Settings) all[name] = value;
        if (app.Sidecar is not { } sidecar) return all;

        all["APP_ID"] = app.Id;
        all["APP_PORT"] = Text(sidecar.App);
        all["DAPR_HTTP_PORT"] = Text(sidecar.Http);
        all["DAPR_GRPC_PORT"] = Text(sidecar.Grpc);
        all["DAPR_API_TOKEN"] = Secrets.DaprToken;
        all["APP_API_TOKEN"] = Secrets.AppToken;
        all["Personal__CurrentKey"] = "local";
        all["Personal__Keys__local"] = Secrets.PersonalKey;
        all["Personal__HashKey"] = Secrets.PersonalHashKey;
        all["Webhooks__CurrentKey"] = "local";
        all["Webhooks__Keys__local"] = Secrets.WebhookKey;
        // Services read each other's event feeds.
        all["Services__Token"] = Token(new TokenHolder($"service:{app.Id}", app.Id, [ServiceRole], []), TimeSpan.FromDays(365));
        if (postgres is not null) all["ConnectionStrings__Postgres"] = postgres;
        return all;
    }

    public string Token(TokenHolder holder, TimeSpan lifetime) =>
        DevelopmentToken.Sign(Secrets.TokenKeyFile, holder, Time.GetUtcNow(), lifetime);

    /// <summary>All listening ports with their uses.</summary>
    public IEnumerable<(int Port, string Use)> Ports()
    {
        if (ExternalPostgres is null) yield return (PostgresPort, "PostgreSQL");
        if (ExternalRedis is null) yield return (RedisPort, "Redis");
        foreach (var app in Apps)
        {
            foreach (var (name, value) in app.Settings.Where(s => s.Key.StartsWith("Endpoints__", StringComparison.Ordinal)))
                yield return (new Uri(value).Port, $"{app.Name} {name["Endpoints__".Length..]}");
            if (app.Sidecar is not { } sidecar) continue;
            yield return (sidecar.Http, $"sidecar of {app.Name}, HTTP");
            yield return (sidecar.Grpc, $"sidecar of {app.Name}, gRPC");
        }
    }

    private static IEnumerable<DaprApp> Load(Workspace workspace, Settings settings, Variant variant)
    {
        var addresses = new Dictionary<string, string>(StringComparer.Ordinal);
        var apps = new List<DaprApp>();
        for (var replica = 1; replica <= variant.Replicas; replica++)
        {
            foreach (var app in DaprFile.Load(workspace.DaprFile, settings.BasePort + ((replica - 1) * BetweenReplicas)))
            {
                // There is a single gateway, which knows all replicas.
                if (replica > 1 && app.Sidecar is null) continue;
                if (replica > 1) addresses[$"ReverseProxy__Clusters__{app.Id}__Destinations__{Text(replica)}__Address"] = app.Settings["Endpoints__Grpc"];
                apps.Add(app with
                {
                    Name = replica == 1 ? app.Name : $"{app.Name}-{Text(replica)}",
                    Command = [.. app.Command.Select(word => word.Replace("/debug/", $"/{variant.Configuration}/", StringComparison.Ordinal))],
                });
            }
        }

        return apps.Select(app => app.Sidecar is null ? app with { Settings = app.Settings.Concat(addresses).ToDictionary() } : app);
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
