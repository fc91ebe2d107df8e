using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Jiceng.Cli.Running;

/// <summary>The apps of deploy/local/dapr.yaml with absolute paths, and with ports shifted to the base port of the installation.</summary>
internal static partial class DaprFile
{
    public static IReadOnlyList<DaprApp> Load(string path, int basePort)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Content content;
        try
        {
            content = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).IgnoreUnmatchedProperties().Build()
                .Deserialize<Content>(File.ReadAllText(path)) ?? new Content();
        }
        catch (YamlException e)
        {
            throw new CliException($"{path}, line {e.Start.Line}: {e.InnerException?.Message ?? e.Message}", Exit.Usage);
        }

        if (content.Version != 1) throw new CliException($"{path}: version is {content.Version}; only version 1 of the format is supported.", Exit.Usage);
        if (content.Apps.Count == 0) throw new CliException($"{path}: apps is empty; name at least one.", Exit.Usage);
        return [.. content.Apps.Select(app => Resolve(app, content.Common, folder, basePort - Settings.DefaultBasePort, path))];
    }

    /// <summary>Shifts the port of every loopback address in a value.</summary>
    internal static string ShiftPorts(string value, int offset) => LocalAddress().Replace(value, match =>
        $"{match.Groups[1].Value}:{(int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) + offset).ToString(CultureInfo.InvariantCulture)}");

    private static DaprApp Resolve(App app, Shared common, string folder, int offset, string path)
    {
        if (app.AppDirPath.Length == 0) throw new CliException($"{path}: an app has no appDirPath.", Exit.Usage);
        var appFolder = Path.GetFullPath(Path.Combine(folder, app.AppDirPath));
        var name = app.AppID.Length > 0 ? app.AppID : Path.GetFileName(appFolder);
        if (app.Command.Count == 0) throw new CliException($"{path}: app {name} has no command.", Exit.Usage);

        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in common.Env.Concat(app.Env)) settings[key] = ShiftPorts(value, offset);
        var resources = app.ResourcesPaths.Count > 0 ? app.ResourcesPaths : common.ResourcesPaths;
        return new DaprApp(name, name, appFolder, app.Command, settings)
        {
            Sidecar = app.AppPort == 0 ? null : new SidecarPorts(app.AppPort + offset, Needed(app.DaprHTTPPort, "daprHTTPPort"),
                Needed(app.DaprGRPCPort, "daprGRPCPort"), Needed(app.DaprInternalGRPCPort, "daprInternalGRPCPort"), Needed(app.MetricsPort, "metricsPort")),
            Resources = [.. resources.Select(r => Path.GetFullPath(Path.Combine(folder, r)))],
        };

        int Needed(int port, string field) => port > 0 ? port + offset
            : throw new CliException($"{path}: app {name} has an appPort but no {field}; two checkouts on one machine need fixed ports.", Exit.Usage);
    }

    [GeneratedRegex(@"(127\.0\.0\.1|localhost):(\d{1,5})")]
    private static partial Regex LocalAddress();

    internal sealed class Content
    {
        public int Version { get; set; }

        public Shared Common { get; set; } = new();

        public List<App> Apps { get; set; } = [];
    }

    internal class Shared
    {
        public List<string> ResourcesPaths { get; set; } = [];

        public Dictionary<string, string> Env { get; set; } = [];
    }

    internal sealed class App : Shared
    {
        [YamlMember(Alias = "appID", ApplyNamingConventions = false)]
        public string AppID { get; set; } = "";

        public string AppDirPath { get; set; } = "";

        public int AppPort { get; set; }

        [YamlMember(Alias = "daprHTTPPort", ApplyNamingConventions = false)]
        public int DaprHTTPPort { get; set; }

        [YamlMember(Alias = "daprGRPCPort", ApplyNamingConventions = false)]
        public int DaprGRPCPort { get; set; }

        [YamlMember(Alias = "daprInternalGRPCPort", ApplyNamingConventions = false)]
        public int DaprInternalGRPCPort { get; set; }

        public int MetricsPort { get; set; }

        public List<string> Command { get; set; } = [];
    }
}

/// <summary>An app to run. <paramref name="Id"/> is the app id that its replicas share; <paramref name="Name"/> is unique.</summary>
internal sealed record DaprApp(string Id, string Name, string Folder, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>Null for an app that handles no events.</summary>
    public SidecarPorts? Sidecar { get; init; }

    public required IReadOnlyList<string> Resources { get; init; }
}

internal sealed record SidecarPorts(int App, int Http, int Grpc, int InternalGrpc, int Metrics);
