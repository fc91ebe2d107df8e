using System.Net;
using System.Net.Sockets;
using Jiceng.Domain;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class StartTests : IDisposable
{
    private readonly TestTokens _tokens = new();
    private readonly TlsFiles _tls = new();

    public void Dispose()
    {
        _tls.Dispose();
        _tokens.Dispose();
    }

    [Theory]
    [InlineData("Endpoints:Grpc", null, "Endpoints:Grpc is not set")]
    [InlineData("Endpoints:Http", "", "Endpoints:Http is not set")]
    [InlineData("Endpoints:Grpc", "6011", "Endpoints:Grpc is '6011'; it has to be http://<address>:<port>")]
    [InlineData("Endpoints:Grpc", "https://127.0.0.1:0", "it has to be http://")]
    [InlineData("Endpoints:Http", "http://grid:6012", "the host has to be an IP address")]
    [InlineData("Endpoints:Tls", "https://127.0.0.1:0", "Tls:CertificateFile is not set")]
    [InlineData("Authentication:PublicKeyFile", null, "neither is set: set Authentication:Authority")]
    [InlineData("Authentication:Authority", "https://login.example", "both are set")]
    [InlineData("Authentication:PublicKeyFile", "/nowhere/key.pem", "/nowhere/key.pem")]
    [InlineData("Authentication:Audience", " ", "Authentication:Audience is empty")]
    public async Task Start_WithWrongOption_IsRefusedNamingIt(string option, string? value, string message)
    {
        await using var app = HostRun.Builder(_tokens, (option, value)).Build();

        var e = await Should.ThrowAsync<OptionsValidationException>(() => app.StartServiceAsync());
        e.Failures.ShouldHaveSingleItem().ShouldContain(message);
    }

    [Fact]
    public async Task Start_WithAuthorityWithoutTls_IsRefused()
    {
        await using var app = HostRun.Builder(_tokens, ("Authentication:PublicKeyFile", null), ("Authentication:Authority", "http://login.example")).Build();

        var e = await Should.ThrowAsync<OptionsValidationException>(() => app.StartServiceAsync());
        e.Failures.ShouldHaveSingleItem().ShouldContain("it has to be an https address");
    }

    [Fact]
    public async Task Start_WithPrivateKeyWhereThePublicIsExpected_IsRefused()
    {
        await using var app = HostRun.Builder(_tokens, ("Authentication:PublicKeyFile", _tls.KeyFile)).Build();

        var e = await Should.ThrowAsync<OptionsValidationException>(() => app.StartServiceAsync());
        e.Failures.ShouldHaveSingleItem().ShouldContain("PRIVATE KEY");
    }

    [Fact]
    public async Task Run_WithWrongOption_ReturnsTheExitCodeOfConfiguration()
    {
        var app = HostRun.Builder(_tokens, ("Endpoints:Grpc", null)).Build();
        (await app.RunServiceAsync([])).ShouldBe(ExitCode.Configuration);
    }

    [Fact]
    public async Task Run_WithASettingMissingWhilePutTogether_ReturnsTheExitCodeOfConfiguration()
    {
        var code = await ServiceHost.RunAsync([], "grid", _ => throw new InvalidOperationException("ConnectionStrings:Postgres is not set."), _ => { });
        code.ShouldBe(ExitCode.Configuration);
    }

    [Fact]
    public async Task Run_OnATakenPort_ReturnsTheExitCodeOfConfiguration()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var app = HostRun.Builder(_tokens, ("Endpoints:Grpc", $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}")).Build();
        (await app.RunServiceAsync([])).ShouldBe(ExitCode.Configuration);
    }

    [Fact]
    public async Task Run_Command_GetsItsArgumentsAndOpensNoPort()
    {
        // Without endpoints and keys: a command serves nobody.
        var builder = HostRun.Builder(_tokens, ("Endpoints:Grpc", null), ("Authentication:PublicKeyFile", null));
        var command = new Recorded();
        builder.Services.AddSingleton<IServiceCommand>(command);

        (await builder.Build().RunServiceAsync(["rebuild", "--all", "2026Q1"])).ShouldBe(7);
        command.Args.ShouldBe(["--all", "2026Q1"]);
    }

    [Fact]
    public async Task Run_CommandIsRefused_ReturnsTheExitCodeOfAFailure()
    {
        var builder = HostRun.Builder(_tokens);
        builder.Services.AddSingleton<IServiceCommand>(new Recorded { Refusal = CommonErrors.DependencyUnavailable.With(("dependency", "Redis")) });

        (await builder.Build().RunServiceAsync(["rebuild"])).ShouldBe(ExitCode.Failure);
    }

    [Fact]
    public async Task Run_UnknownCommand_ReturnsTheExitCodeOfUsage()
    {
        var builder = HostRun.Builder(_tokens);
        builder.Services.AddSingleton<IServiceCommand>(new Recorded());
        (await builder.Build().RunServiceAsync(["rebiuld"])).ShouldBe(ExitCode.Usage);
    }

    [Fact]
    public async Task Start_OnPortZero_TellsThePort()
    {
        await using var app = HostRun.Builder(_tokens).Build();
        await app.StartServiceAsync();

        app.AddressOf("Grpc").Port.ShouldBeGreaterThan(0);
        app.AddressOf("Grpc").ShouldNotBe(app.AddressOf("Http"));
        Should.Throw<InvalidOperationException>(() => app.AddressOf("Tls")).Message.ShouldContain("Endpoints:Tls");
    }

    private sealed class Recorded : IServiceCommand
    {
        public string[] Args { get; private set; } = [];

        public ApiException? Refusal { get; init; }

        public string Name => "rebuild";

        public Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
        {
            Args = args;
            if (Refusal is not null) throw Refusal;
            return Task.FromResult(7);
        }
    }
}
