using System.Diagnostics;
using Jiceng.Hosting;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class RootSpansTests
{
    [Theory]
    [InlineData("Npgsql", "CONNECT grid", false, false)]
    [InlineData("Npgsql", "CONNECT grid", true, true)]
    [InlineData("OpenTelemetry.Instrumentation.StackExchangeRedis", "ZRANGE", false, false)]
    [InlineData("OpenTelemetry.Instrumentation.StackExchangeRedis", "ZRANGE", true, true)]
    [InlineData("Yarp.ReverseProxy", "proxy.cluster_health_checks", false, false)]
    [InlineData("Yarp.ReverseProxy", "proxy.forwarder", true, true)]
    public void Span_OfAnotherLibrary_IsExportedWhenSomebodyAskedForIt(string source, string operation, bool inTrace, bool exported)
    {
        using var activities = new ActivitySource(source);
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source).AddProcessor(new RootSpans()).Build();
        var parent = inTrace ? new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded) : default;
        Activity.Current = null;

        using var span = activities.StartActivity(operation, ActivityKind.Client, parent).ShouldNotBeNull();

        span.Recorded.ShouldBe(exported);
    }
}
