using System.Diagnostics.Metrics;

namespace Jiceng.Gateway.Shared;

/// <summary>Metrics of the gateway; docs/telemetry.md lists them.</summary>
internal sealed class GatewayTelemetry
{
    private readonly Counter<long> _refused;
    private readonly Counter<long> _counted;
    private Func<bool> _redisAway = () => false;

    public GatewayTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create("Jiceng.Gateway");
        _refused = meter.CreateCounter<long>("jiceng.gateway.refused", "{call}", "Calls refused by a limit, by limit and class of the method");
        _counted = meter.CreateCounter<long>("jiceng.gateway.counted_alone", "{call}", "Calls that this process counted alone, since Redis was away or not configured");
        meter.CreateObservableGauge("jiceng.gateway.redis_away", () => _redisAway() ? 1 : 0, "{state}", "1 while Redis does not answer the gateway, else 0");
    }

    public void ObserveRedis(Func<bool> away) => _redisAway = away;

    public void Refused(string limit, string kind) => _refused.Add(1, new("limit", limit), new("class", kind));

    public void CountedAlone() => _counted.Add(1);
}
