using System.Diagnostics;
using Jiceng.Hosting;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class ClientSpansTests
{
    [Theory]
    [InlineData("SELECT c.case_id FROM grid_case c WHERE c.case_id = $1", "SELECT grid_case")]
    [InlineData("INSERT INTO outbox (id)\nVALUES ($1)", "INSERT outbox")]
    [InlineData("  update node SET name = $1", "UPDATE node")]
    [InlineData("SELECT 1", "SELECT")]
    [InlineData("LISTEN case_changed", "LISTEN")]
    public void Statement_WithinATrace_IsNamedByVerbAndTable(string statement, string name)
    {
        var span = End("Npgsql", "postgresql", inTrace: true, ("db.query.text", statement), ("db.npgsql.data_source", "Host=db;Username=grid"));

        span.DisplayName.ShouldBe(name);
        span.GetTagItem("db.npgsql.data_source").ShouldBeNull();
        span.Recorded.ShouldBeTrue();
    }

    [Fact]
    public void Statement_OutsideAnyTrace_IsNotExported() => End("Npgsql", "postgresql", inTrace: false).Recorded.ShouldBeFalse();

    [Fact]
    public void HealthChecksOfTheProxy_AreNotExported() =>
        End("Yarp.ReverseProxy", "proxy.cluster_health_checks", inTrace: false).Recorded.ShouldBeFalse();

    [Fact]
    public void ForwardingByTheProxy_IsExported() => End("Yarp.ReverseProxy", "proxy.forwarder", inTrace: true).Recorded.ShouldBeTrue();

    [Theory]
    [InlineData("http://grid:6011/jiceng.grid.v1.CaseService/GetCase", "jiceng.grid.v1.CaseService/GetCase")]
    [InlineData("http://127.0.0.1:3500/v1.0/publish/pubsub/jiceng.grid.case.v1", "POST")]
    public void HttpCall_IsNamedByItsGrpcMethodOnly(string url, string name) =>
        End("System.Net.Http", "POST", inTrace: true, ("url.full", url)).DisplayName.ShouldBe(name);

    private static Activity End(string source, string operation, bool inTrace, params (string Key, string Value)[] tags)
    {
        using var activities = new ActivitySource(source);
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source).AddProcessor(new ClientSpans()).Build();
        var parent = inTrace ? new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded) : default;
        Activity.Current = null;
        var span = activities.StartActivity(operation, ActivityKind.Client, parent).ShouldNotBeNull();
        foreach (var (key, value) in tags) span.SetTag(key, value);
        span.Stop();
        return span;
    }
}
