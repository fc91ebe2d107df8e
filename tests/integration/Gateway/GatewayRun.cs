using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Common.V1;
using Jiceng.Gateway;
using Jiceng.Gateway.Routing;
using Jiceng.Grid.V1;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>A gateway in this process on free ports, its tokens, and clients that call it.</summary>
internal sealed class GatewayRun : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private GatewayRun(WebApplication app, TestTokens tokens, LinesLogged lines)
    {
        _app = app;
        Tokens = tokens;
        Lines = lines;
        _channel = GrpcChannel.ForAddress(GrpcAddress, new GrpcChannelOptions { MaxReceiveMessageSize = null });
    }

    public TestTokens Tokens { get; }

    public LinesLogged Lines { get; }

    public Uri GrpcAddress => _app.AddressOf("Grpc");

    public Uri HttpAddress => _app.AddressOf("Http");

    public Uri TlsAddress => _app.AddressOf("Tls");

    public NodeService.NodeServiceClient Nodes => new(_channel);

    public CaseService.CaseServiceClient Cases => new(_channel);

    public MessagingService.MessagingServiceClient Messaging => new(_channel);

    public GrpcChannel Channel => _channel;

    /// <summary>A gateway whose three services are the upstream at the address.</summary>
    public static Task<GatewayRun> StartAsync(Uri upstream, TestTokens tokens, params (string Key, string Value)[] settings) =>
        StartAsync(upstream, tokens, new ContractMethods(), settings);

    /// <summary>A gateway built with other contracts.</summary>
    public static Task<GatewayRun> StartAsync(Uri upstream, TestTokens tokens, ContractMethods methods, params (string Key, string Value)[] settings) =>
        StartAsync(upstream, tokens, methods, null, settings);

    /// <summary>A gateway that looks up the names of services in its own way.</summary>
    public static Task<GatewayRun> StartAsync(Uri upstream, TestTokens tokens, HostLookup lookup, params (string Key, string Value)[] settings) =>
        StartAsync(upstream, tokens, new ContractMethods(), lookup, settings);

    private static async Task<GatewayRun> StartAsync(
        Uri upstream, TestTokens tokens, ContractMethods methods, HostLookup? lookup, (string Key, string Value)[] settings)
    {
        List<string> args =
        [
            "--Endpoints:Grpc=http://127.0.0.1:0",
            "--Endpoints:Http=http://127.0.0.1:0",
            "--Logging:Console:LogLevel:Default=None",
            .. tokens.Settings.Select(setting => $"--{setting.Key}={setting.Value}"),
            .. new[] { "cadre", "grid", "scoring" }.Select(name => $"--ReverseProxy:Clusters:{name}:Destinations:a:Address={upstream}"),
            .. settings.Select(setting => $"--{setting.Key}={setting.Value}"),
        ];
        var builder = ServiceHost.CreateBuilder([.. args], "gateway");
        builder.AddGateway(methods);
        if (lookup is not null) builder.Services.AddSingleton(lookup);
        var lines = new LinesLogged();
        builder.Services.AddSingleton<ILoggerProvider>(lines);
        var app = builder.Build();
        try
        {
            app.MapGateway();
            await app.StartServiceAsync(TestContext.Current.CancellationToken);
            return new GatewayRun(app, tokens, lines);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public static Metadata With(string token) => new() { { "authorization", $"Bearer {token}" } };

    /// <summary>The headers of a call by somebody who may pass the gateway.</summary>
    public Metadata Caller(string subject = "tester") => With(Tokens.Issue(subject, ["grid_worker"], ["140224"]));

    /// <summary>Stops serving, as SIGTERM does.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>What was logged, for tests that say what a log has to hold and what not.</summary>
internal sealed class LinesLogged : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> All => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
