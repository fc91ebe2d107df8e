using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Jiceng.Webhooks;

/// <summary>Spans and metrics of the library; docs/telemetry.md lists them.</summary>
internal sealed class WebhookTelemetry
{
    public const string Name = "Jiceng.Webhooks";

    public static readonly ActivitySource Activities = new(Name);
    private readonly Counter<long> _calls;
    private WebhookLag _lag = new(0, 0, 0, 0);

    public WebhookTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _calls = meter.CreateCounter<long>("jiceng.webhooks.calls", "{call}", "Calls of webhooks, by outcome: delivered, failed and tried again, or dead");
        meter.CreateObservableGauge("jiceng.webhooks.lag", () => _lag.LagSeconds, "s", "Age of the oldest event that an active webhook has not received");
        meter.CreateObservableGauge("jiceng.webhooks.waiting", () => _lag.Waiting, "{event}", "Events that wait for another attempt of a webhook");
        meter.CreateObservableGauge("jiceng.webhooks.dead", () => _lag.Dead, "{event}", "Events that webhooks gave up, waiting for somebody to look at them");
        meter.CreateObservableGauge("jiceng.webhooks.paused", () => _lag.Paused, "{webhook}", "Webhooks that are paused, by whomever");
    }

    public void Set(WebhookLag lag) => _lag = lag;

    public void Called(string outcome) => _calls.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
