using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Two replicas of a service on 127.0.0.1 and 127.0.0.2, behind one name.</summary>
public sealed class ReplicaTests : IDisposable
{
    private const string Name = "grid.jiceng";
    private static readonly IPAddress One = IPAddress.Parse("127.0.0.1");
    private static readonly IPAddress Two = IPAddress.Parse("127.0.0.2");
    private readonly TestTokens _tokens = new();
    private volatile IPAddress[] _addresses = [];

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public async Task TwoReplicas_OneConnectionOfACaller_ShareItsCalls()
    {
        await using var first = await Upstream.StartAsync(_tokens);
        await using var second = await Upstream.StartAsync(_tokens, first.Address.Port, host: Two.ToString());
        _addresses = [One, Two];
        await using var gateway = await GatewayAsync(first.Address.Port);

        for (var i = 0; i < 200; i++) await AskAsync(gateway);

        first.Seen.NodesAsked.ShouldBeInRange(40, 160);
        second.Seen.NodesAsked.ShouldBe(200 - first.Seen.NodesAsked);
    }

    [Fact]
    public async Task Replica_LeavesAndComesBack_NoCallFailsAndItIsAskedAgain()
    {
        await using var first = await Upstream.StartAsync(_tokens);
        var port = first.Address.Port;
        var second = await Upstream.StartAsync(_tokens, port, host: Two.ToString());
        _addresses = [One, Two];
        await using var gateway = await GatewayAsync(port);
        await AskAsync(gateway);

        // As in a cluster: the name no longer resolves to it, and the process runs until its calls have ended.
        _addresses = [One];
        await Eventually.HoldsAsync(
            async () =>
            {
                var before = second.Seen.NodesAsked;
                for (var i = 0; i < 20; i++) await AskAsync(gateway);
                return second.Seen.NodesAsked == before;
            },
            "no call goes to the replica that leaves");
        await second.DisposeAsync();
        for (var i = 0; i < 50; i++) await AskAsync(gateway);

        await using var again = await Upstream.StartAsync(_tokens, port, host: Two.ToString());
        _addresses = [One, Two];
        await Eventually.HoldsAsync(
            async () =>
            {
                await AskAsync(gateway);
                return again.Seen.NodesAsked > 0;
            },
            "the replica that came back is asked");
    }

    [Fact]
    public async Task Name_CanNoLongerBeLookedUp_KeepsItsReplicas()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        var asked = 0;
        _addresses = [One];
        await using var gateway = await GatewayRun.StartAsync(Address(upstream.Address.Port), _tokens, LookUp, ("Replicas:Period", "00:00:00.100"));
        await AskAsync(gateway);

        _addresses = [];
        var before = Volatile.Read(ref asked);
        // Each of the three services has the name.
        await Eventually.HoldsAsync(() => Volatile.Read(ref asked) > before + 6, "the name was looked up in vain");
        for (var i = 0; i < 10; i++) await AskAsync(gateway);

        Task<IPAddress[]> LookUp(string host, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref asked);
            return FindAsync(host, cancellationToken);
        }
    }

    [Fact]
    public async Task Name_IsNotYetKnownAtStart_StartsAndAnswersWhenItIs()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayAsync(upstream.Address.Port);
        var refusal = await Refusal.OfAsync(gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller()));
        refusal.Info.Reason.ShouldBe("SERVICE_UNAVAILABLE");

        _addresses = [One];

        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await AskAsync(gateway);
                    return true;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
                {
                    return false;
                }
            },
            "the calls arrive");
    }

    [Fact]
    public async Task Localhost_WhichHasTwoAddresses_IsOneReplica()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(
            new UriBuilder(upstream.Address) { Host = "localhost" }.Uri, _tokens, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.IPv6Loopback, One]));

        for (var i = 0; i < 20; i++) await AskAsync(gateway);
    }

    private static Uri Address(int port) => new UriBuilder("http", Name, port).Uri;

    private static async Task AskAsync(GatewayRun gateway) => await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller());

    private Task<GatewayRun> GatewayAsync(int port) =>
        GatewayRun.StartAsync(Address(port), _tokens, FindAsync, ("Replicas:Period", "00:00:00.100"), ("Limits:CallBurst", "100000"));

    private Task<IPAddress[]> FindAsync(string host, CancellationToken cancellationToken)
    {
        host.ShouldBe(Name);
        return _addresses is { Length: > 0 } known ? Task.FromResult(known) : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
    }
}
