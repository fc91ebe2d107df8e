namespace Jiceng.SidecarConformance.Harness;

/// <summary>A sidecar without an app, shared by tests that check the entries in Redis.</summary>
public sealed class PublishOnly(Broker broker) : IAsyncLifetime
{
    private DaprSidecar? _sidecar;

    internal DaprSidecar Sidecar => _sidecar ?? throw new InvalidOperationException("the sidecar was not started");

    public async ValueTask InitializeAsync() => _sidecar = await DaprSidecar.StartAsync(new Setup
    {
        Resources = [Resource.Component(broker.Address, settings: [("protectedTopics", "secret")])],
    });

    public async ValueTask DisposeAsync()
    {
        if (_sidecar is not null) await _sidecar.DisposeAsync();
    }
}
