using System.Diagnostics;
using System.Globalization;
using System.Text;
using Jiceng.TestSupport;

namespace Jiceng.IntegrationTests.Messaging;

/// <summary>A sidecar process of one app, with the resources of deploy: daprd when JICENG_DAPRD names it, else tools/sidecar.</summary>
internal sealed class SidecarRun : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private SidecarRun(string appId, int appPort, int grpcPort, string redis, string resources)
    {
        HttpPort = FreePort.Take();
        var start = new ProcessStartInfo(ProgramPath()) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
                 [
                     "--mode=standalone", $"--app-id={appId}", $"--app-port={appPort}", "--app-protocol=http", $"--dapr-http-port={HttpPort}",
                     $"--dapr-grpc-port={grpcPort}", $"--dapr-internal-grpc-port={FreePort.Take()}", $"--metrics-port={FreePort.Take()}",
                     "--dapr-listen-addresses=127.0.0.1", $"--resources-path={resources}",
                 ])
            start.ArgumentList.Add(argument);
        start.Environment["JICENG_REDIS"] = redis;
        foreach (var name in (string[])["DAPR_API_TOKEN", "APP_API_TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT"]) start.Environment.Remove(name);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => { lock (_output) _output.AppendLine(line.Data); };
        _process.ErrorDataReceived += (_, line) => { lock (_output) _output.AppendLine(line.Data); };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int HttpPort { get; }

    public static async Task<SidecarRun> StartAsync(string appId, int appPort, int grpcPort, string redis, string resources)
    {
        var sidecar = new SidecarRun(appId, appPort, grpcPort, redis, resources);
        try
        {
            await sidecar.ReadyAsync();
            return sidecar;
        }
        catch
        {
            await sidecar.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public static string Deploy() => Path.Combine(Root(), "deploy");

    private async Task ReadyAsync()
    {
        using var http = new HttpClient();
        var health = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{HttpPort}/v1.0/healthz"));
        await Eventually.HoldsAsync(
            async () =>
            {
                if (_process.HasExited) lock (_output) throw new InvalidOperationException($"the sidecar ended: {_output}");
                try
                {
                    using var answer = await http.GetAsync(health);
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the sidecar is ready");
    }

    private static string ProgramPath() => Environment.GetEnvironmentVariable("JICENG_DAPRD") is { Length: > 0 } daprd
        ? daprd
        : Path.Combine(Root(), "artifacts", "bin", "Sidecar", new DirectoryInfo(AppContext.BaseDirectory).Name, "Jiceng.Sidecar");

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Jiceng.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside of the repository.");
        return folder.FullName;
    }
}
