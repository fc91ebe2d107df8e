using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Substitutes;

public sealed class OpenTelemetryHostingTests
{
    [Fact]
    public async Task StartedHost_RecordsActivitiesOfItsSourcesUntilItEnds()
    {
        using var source = new ActivitySource($"tests.{Guid.CreateVersion7()}");
        var ended = new Recorder();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(source.Name));
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("grid"))
            .WithTracing(tracing => tracing.AddProcessor(ended));
        using var host = builder.Build();

        source.StartActivity("before").ShouldBeNull();
        await host.StartAsync();
        source.StartActivity("during").ShouldNotBeNull().Dispose();
        await host.StopAsync();
        host.Dispose();
        source.StartActivity("after").ShouldBeNull();

        ended.Names.ShouldBe(["during"]);
        ended.Service.ShouldBe("grid");
    }

    [Fact]
    public async Task AddOpenTelemetry_Twice_StartsOnceAndFirst()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHostedService<Other>();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("tests"));
        builder.Services.AddOpenTelemetry();
        using var host = builder.Build();

        var services = host.Services.GetServices<IHostedService>().ToList();
        services.Count.ShouldBe(2);
        services[1].ShouldBeOfType<Other>();
        await host.StartAsync();
        host.Services.GetService<MeterProvider>().ShouldNotBeNull();
        await host.StopAsync();
    }

    private sealed class Other : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Recorder : BaseProcessor<Activity>
    {
        public ConcurrentQueue<string> Names { get; } = [];

        public string? Service { get; private set; }

        public override void OnEnd(Activity data)
        {
            Names.Enqueue(data.OperationName);
            Service = (string)ParentProvider.GetResource().Attributes.Single(a => a.Key == "service.name").Value;
        }
    }
}
