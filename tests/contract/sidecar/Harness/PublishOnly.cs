namespace Jiceng.SidecarConformance.Harness;

/// <summary>A sidecar without an app, shared by tests that check the entries in Redis.</summary>
public sealed class PublishOnly(Broker broker) : IAsyncLifetime
{
    private DaprSidecar? sidecar;

    internal DaprSidecar Sidecar => sidecar ?? throw new InvalidOperationException("the sidecar was not started");

    public async ValueTask InitializeAsync() => sidecar = await DaprSidecar.StartAsync(new Setup
    {
        Resources = [Resource.Component(broker.Address, settings: [("protectedTopics", "secret")])],
    });

    public async ValueTask DisposeAsync()
    {
        if (sidecar is not null) await sidecar.DisposeAsync();
    }
}
