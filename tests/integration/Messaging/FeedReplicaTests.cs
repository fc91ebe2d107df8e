using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client.Balancer;
using Jiceng.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Messaging;

/// <summary>The feed of a service with two replicas, behind one name.</summary>
public sealed class FeedReplicaTests : IDisposable
{
    private readonly TestTokens _tokens = new();
    private volatile Uri[] _replicas = [];

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public async Task Pull_ServiceHasTwoReplicas_AsksBothAndGoesOnWithoutOne()
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var (first, second, third) = (new Asked(), new Asked(), new Asked());
        await using var one = await GridAsync(first, database);
        var two = await GridAsync(second, database);
        _replicas = [one.Grpc, two.Grpc];
        await one.PublishAsync("c1");
        await using var scoring = await ScoringAsync();
        await Eventually.HoldsAsync(async () => await scoring.EffectsAsync() == 1, "the event took effect");
        await Eventually.HoldsAsync(() => first.Count > 0 && second.Count > 0, "both replicas are asked");

        await two.DisposeAsync();
        await one.PublishAsync("c2");
        await Eventually.HoldsAsync(async () => await scoring.EffectsAsync() == 2, "the replica that is left is asked");

        await using var again = await GridAsync(third, database);
        _replicas = [one.Grpc, again.Grpc];
        await Eventually.HoldsAsync(() => third.Count > 0, "the new replica is asked");
        var before = first.Count;
        await Eventually.HoldsAsync(() => first.Count > before, "the old one still is");
        scoring.Lines.All.ShouldNotContain(line => line.Contains("c1"));
    }

    private Task<MessagingHost> GridAsync(Asked asked, string database) => MessagingHost.StartAsync(
        new()
        {
            Hears = false,
            Settings = new Dictionary<string, string?>(_tokens.Settings),
            Services = services => services.AddSingleton(asked).Configure<GrpcServiceOptions>(options => options.Interceptors.Add<Asked>()),
        },
        database);

    private async Task<MessagingHost> ScoringAsync() => await MessagingHost.StartAsync(
        new()
        {
            Service = "scoring",
            FeedToken = _tokens.Issue("jiceng/scoring", ["service"]),
            Settings = { ["Feeds:grid"] = "dns:///grid.jiceng:6011", ["Feeds:Interval"] = "00:00:00.200" },
            Services = services => services.AddSingleton<ResolverFactory>(new Names(() => _replicas)),
        },
        await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());

    /// <summary>Counts the calls that come to a replica.</summary>
    private sealed class Asked : Interceptor
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            Interlocked.Increment(ref _count);
            return continuation(request, context);
        }
    }

    /// <summary>Stands in for DNS.</summary>
    private sealed class Names(Func<Uri[]> replicas) : ResolverFactory
    {
        public override string Name => "dns";

        public override Resolver Create(ResolverOptions options) => new Answer(replicas, options.LoggerFactory);

        private sealed class Answer(Func<Uri[]> replicas, ILoggerFactory loggers) : PollingResolver(loggers)
        {
            protected override Task ResolveAsync(CancellationToken cancellationToken)
            {
                Listener(ResolverResult.ForResult([.. replicas().Select(replica => new BalancerAddress(replica.Host, replica.Port))]));
                return Task.CompletedTask;
            }
        }
    }
}
