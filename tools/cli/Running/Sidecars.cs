using System.Globalization;
using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Running;

/// <summary>The sidecar of an app: daprd when installed, otherwise its test double tools/sidecar with the same options.</summary>
internal static class Sidecars
{
    public static string? Daprd()
    {
        var home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dapr", "bin", "daprd");
        return Tool.Find("daprd") ?? (File.Exists(home) ? home : null);
    }

    public static ChildSpec Spec(Installation installation, DaprApp app, SidecarPorts ports)
    {
        string[] program = Daprd() is { } daprd
            ? [daprd]
            : ["dotnet", Path.Combine(installation.Workspace.Root, "artifacts", "bin", "Sidecar", installation.Variant.Configuration, "Jiceng.Sidecar.dll")];
        string[] options =
        [
            "--mode=standalone", $"--app-id={app.Id}", "--app-protocol=http", Option("app-port", ports.App), Option("dapr-http-port", ports.Http),
            Option("dapr-grpc-port", ports.Grpc), Option("dapr-internal-grpc-port", ports.InternalGrpc), Option("metrics-port", ports.Metrics),
            "--dapr-listen-addresses=127.0.0.1", "--dapr-internal-grpc-listen-address=127.0.0.1", "--metrics-listen-address=127.0.0.1",
            .. app.Resources.Select(r => $"--resources-path={r}"),
        ];
        return new ChildSpec($"{app.Name}-sidecar", [.. program, .. options], app.Folder, new Dictionary<string, string>
        {
            ["JICENG_REDIS"] = installation.Redis,
            ["DAPR_API_TOKEN"] = installation.Secrets.DaprToken,
            ["APP_API_TOKEN"] = installation.Secrets.AppToken,
        });

        static string Option(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"--{name}={value}");
    }
}
