using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Grpc.Net.Client;
using Dapr.Client.Autogen.Grpc.v1;

namespace Jiceng.SidecarConformance.Harness;

/// <summary>Start options of a test's sidecar.</summary>
internal sealed record Setup
{
    public string AppId { get; init; } = Unique.Name("app");

    public TestApp? App { get; init; }

    /// <summary>Resource files; by default, a plain component for the broker.</summary>
    public required IReadOnlyList<string> Resources { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Whether to return before the sidecar is ready.</summary>
    public bool Early { get; init; }
}

internal static class Unique
{
    private static int _last;

    public static string Name(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{Interlocked.Increment(ref _last)}");
}

/// <summary>A running sidecar process.</summary>
internal sealed class DaprSidecar : IAsyncDisposable
{
    public const string Pubsub = "bus";

    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private DaprSidecar(Setup setup, DirectoryInfo folder, Process process, int httpPort, int grpcPort)
    {
        (AppId, _folder, _process, HttpPort, GrpcPort) = (setup.AppId, folder, process, httpPort, grpcPort);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}/v1.0/") };
        Channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpcPort}");
        process.OutputDataReceived += (_, line) => { lock (_output) _output.AppendLine(line.Data); };
        process.ErrorDataReceived += (_, line) => { lock (_output) _output.AppendLine(line.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string AppId { get; }

    public int HttpPort { get; }

    public int GrpcPort { get; }

    public HttpClient Http { get; }

    public GrpcChannel Channel { get; }

    public global::Dapr.Client.Autogen.Grpc.v1.Dapr.DaprClient Grpc => new(Channel);

    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public static async Task<DaprSidecar> StartAsync(Setup setup)
    {
        var folder = Directory.CreateTempSubdirectory("jiceng-conformance-");
        for (var i = 0; i < setup.Resources.Count; i++)
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{i}.yaml"), setup.Resources[i], TestContext.Current.CancellationToken);

        var (http, grpc) = (FreePort.Take(), FreePort.Take());
        var start = new ProcessStartInfo(Target.Program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
        };
        string[] flags =
        [
            "--mode=standalone", $"--app-id={setup.AppId}", "--app-protocol=http", $"--dapr-http-port={http}", $"--dapr-grpc-port={grpc}",
            $"--dapr-internal-grpc-port={FreePort.Take()}", $"--metrics-port={FreePort.Take()}", "--dapr-listen-addresses=127.0.0.1",
            "--dapr-internal-grpc-listen-address=127.0.0.1", "--metrics-listen-address=127.0.0.1", $"--resources-path={folder.FullName}",
        ];
        foreach (var flag in flags.Concat(setup.Flags)) start.ArgumentList.Add(flag);
        if (setup.App is { } app) start.ArgumentList.Add($"--app-port={app.Port}");
        foreach (var name in (string[])["DAPR_API_TOKEN", "APP_API_TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT"]) start.Environment.Remove(name);
        foreach (var (name, value) in setup.Environment) start.Environment[name] = value;

        var sidecar = new DaprSidecar(setup, folder, Process.Start(start)!, http, grpc);
        try
        {
            if (!setup.Early) await sidecar.ReadyAsync();
            return sidecar;
        }
        catch
        {
            await sidecar.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the sidecar reports that it is healthy.</summary>
    public Task ReadyAsync() => HealthyAsync("healthz");

    public Task OutboundReadyAsync() => HealthyAsync("healthz/outbound");

    public Task<HttpResponseMessage> PublishAsync(string topic, string body, string contentType = "application/json", string query = "", string? traceparent = null) =>
        PublishBytesAsync(topic, Encoding.UTF8.GetBytes(body), contentType, query, traceparent);

    public async Task<HttpResponseMessage> PublishBytesAsync(string topic, byte[] body, string contentType, string query = "", string? traceparent = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"publish/{Pubsub}/{topic}{query}") { Content = new ByteArrayContent(body) };
        if (contentType.Length > 0) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (traceparent is not null) request.Headers.Add("traceparent", traceparent);
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Publishes and asserts success.</summary>
    public async Task SendAsync(string topic, string body, string contentType = "application/json", string query = "", string? traceparent = null)
    {
        using var response = await PublishAsync(topic, body, contentType, query, traceparent);
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    public async Task<JsonElement> GetJsonAsync(string path)
    {
        var text = await Http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Kills the process, like a crash.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Stops the process, like a supervisor.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        Http.Dispose();
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private Task HealthyAsync(string path) => Eventually.HoldsAsync(
        async () =>
        {
            if (_process.HasExited) throw new InvalidOperationException($"the sidecar ended with {_process.ExitCode}:\n{Output}");
            try
            {
                using var response = await Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
                return response.StatusCode == HttpStatusCode.NoContent;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        $"{path} of {AppId}");
}
