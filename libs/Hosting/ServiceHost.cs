using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Jiceng.Hosting;

/// <summary>
/// What every service is built on: endpoints, telemetry, logs, authentication, health and reflection are wired here once.
/// <code>
/// return await ServiceHost.RunAsync(args, "grid", GridModule.AddGrid, GridModule.MapGrid);
/// </code>
/// </summary>
public static class ServiceHost
{
    /// <summary>
    /// A builder with everything that the services share. Settings come, the later over the earlier, from
    /// <c>&lt;service&gt;.settings.json</c> and <c>appsettings.json</c> next to the program, environment variables, and the command line.
    /// </summary>
    /// <param name="args">The command line, for example <c>--Endpoints:Grpc=http://127.0.0.1:6011</c>.</param>
    /// <param name="service">Short name: cadre, grid, scoring, gateway. Telemetry calls the service <c>jiceng-&lt;service&gt;</c>.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args, string service)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
        });
        var shipped = new JsonConfigurationSource { Path = Path.Combine(AppContext.BaseDirectory, $"{service}.settings.json"), Optional = true };
        shipped.ResolveFileProvider();
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, shipped);

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<JobServices>();
        var identity = new ServiceIdentity(service);
        builder.Services.AddSingleton(identity);
        builder.AddServiceLogging();
        builder.AddServiceTelemetry(identity);
        builder.AddServiceEndpoints();
        builder.AddServiceAuthentication();
        builder.AddServiceHealth();
        builder.Services.AddGrpc();
        builder.Services.AddGrpcReflection();
        builder.AddGracefulShutdown();
        return builder;
    }

    /// <summary>
    /// Adds the shared endpoints (health, reflection), checks every option and starts serving. Tests use this; programs use
    /// <see cref="RunAsync"/>.
    /// </summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is missing or wrong.</exception>
    public static async Task StartServiceAsync(this WebApplication app, CancellationToken cancellationToken = default)
    {
        app.Services.GetRequiredService<ServiceEndpoints>().Check();
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.UseSlowReaderLimit();
        app.UseStreamEnds();
        app.MapGrpcReflectionService().AllowAnonymous();
        app.MapServiceHealth();
        await app.StartAsync(cancellationToken);
    }

    /// <summary>
    /// The whole of a service's program: puts it together and runs it as <see cref="RunServiceAsync"/> does. A setting that is missing or
    /// wrong is reported in one line on standard error.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="service">Short name: cadre, grid, scoring, gateway.</param>
    /// <param name="add">Adds what the service is made of; throws <see cref="InvalidOperationException"/> for a missing setting.</param>
    /// <param name="map">Maps its methods.</param>
    /// <returns>One of <see cref="ExitCode"/>, or what a command returned.</returns>
    public static async Task<int> RunAsync(string[] args, string service, Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        WebApplication app;
        try
        {
            var builder = CreateBuilder(args, service);
            add(builder);
            app = builder.Build();
            map(app);
        }
        catch (Exception e) when ((StartFailure.Describe(e) ?? (e is InvalidOperationException ? [e.Message] : null)) is { } lines)
        {
            return await RefuseAsync(service, lines);
        }

        return await app.RunServiceAsync(args);
    }

    /// <summary>
    /// Serves until SIGTERM or Ctrl-C, then lets the calls under way finish. When the first word of the command line is the name of an
    /// <see cref="IServiceCommand"/>, runs that instead.
    /// </summary>
    /// <returns>One of <see cref="ExitCode"/>, or what the command returned.</returns>
    public static async Task<int> RunServiceAsync(this WebApplication app, string[] args)
    {
        await using (app)
        {
            try
            {
                if (args is [var name, ..] && !name.StartsWith('-') && !name.Contains('=', StringComparison.Ordinal))
                    return await ServiceCommands.RunAsync(app, name, args[1..]);

                await app.StartServiceAsync();
                await app.WaitForShutdownAsync();
                return ExitCode.Success;
            }
            catch (Exception e) when (StartFailure.Describe(e) is { } lines)
            {
                return await RefuseAsync(app.Services.GetRequiredService<ServiceIdentity>().Service, lines);
            }
        }
    }

    /// <summary>Where an endpoint of a started service listens, with the port that the system chose for port 0.</summary>
    /// <param name="app">A started service.</param>
    /// <param name="endpoint">Name of the option: <c>Grpc</c>, <c>Http</c> or <c>Tls</c>.</param>
    public static Uri AddressOf(this WebApplication app, string endpoint) =>
        app.Services.GetRequiredService<ServiceEndpoints>().AddressOf(endpoint);

    private static async Task<int> RefuseAsync(string service, IReadOnlyList<string> lines)
    {
        foreach (var line in lines) await Console.Error.WriteLineAsync($"jiceng-{service}: {line}");
        return ExitCode.Configuration;
    }
}
