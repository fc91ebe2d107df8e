using Jiceng.TestSupport;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Tests of gateways that share a Redis, with a stand-in for their services, both of their own for each test.</summary>
public abstract class SharedRedisTests : IAsyncLifetime
{
    private protected readonly TestTokens tokens = new();
    private protected RedisServer redis = null!;
    private protected Upstream upstream = null!;

    public async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        upstream = await Upstream.StartAsync(tokens);
    }

    public async ValueTask DisposeAsync()
    {
        await upstream.DisposeAsync();
        await redis.DisposeAsync();
        tokens.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One more gateway.</summary>
    private protected Task<GatewayRun> StartAsync(params (string, string)[] settings) => GatewayRun.StartAsync(
        upstream.Address, tokens,
        [
            // Patient, so that a loaded machine does not look like a Redis that is away.
            ("ConnectionStrings:Redis", redis.Address), ("Redis:Patience", "00:00:30"), ("Revocation:Period", "00:00:00.020"), .. settings,
        ]);
}
