using Jiceng.TestSupport;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Tests of a gateway with the usual settings and a stand-in for its services, both of their own for each test.</summary>
public abstract class GatewayTests : IAsyncLifetime
{
    private protected readonly TestTokens tokens = new();
    private protected Upstream upstream = null!;
    private protected GatewayRun gateway = null!;

    public virtual async ValueTask InitializeAsync()
    {
        upstream = await Upstream.StartAsync(tokens);
        gateway = await GatewayRun.StartAsync(upstream.Address, tokens);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await upstream.DisposeAsync();
        tokens.Dispose();
        GC.SuppressFinalize(this);
    }
}
