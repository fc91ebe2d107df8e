using Google.Protobuf.Reflection;
using Jiceng.Contracts;
using Jiceng.TestSupport;
using Xunit;

namespace Jiceng.IntegrationTests.Access;

/// <summary>The tests that share the running services: one set of them is enough, and kinder to a small machine.</summary>
[CollectionDefinition(nameof(AccessWorlds))]
public sealed class AccessTests : ICollectionFixture<AccessWorlds>;

/// <summary>All services of the suite, each with its seeds.</summary>
public sealed class AccessWorlds : IAsyncLifetime
{
    private const string Everywhere = "jiceng.common.v1";
    private readonly List<AccessWorld> _worlds = [];
    private RedisServer? _redis;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
        _worlds.Add(await GridWorld.StartAsync());
        _worlds.Add(await CadreWorld.StartAsync());
        _worlds.Add(await ScoringWorld.StartAsync(_redis));
    }

    /// <summary>Every world that serves the method: one, or all for what every service serves about itself.</summary>
    internal IReadOnlyList<AccessWorld> Serving(MethodDescriptor method) =>
        [.. _worlds.Where(world => method.Service.File.Package == world.Package || method.Service.File.Package == Everywhere)];

    public static MethodDescriptor Find(string method) =>
        ContractFiles.Services.SelectMany(service => service.Methods).Single(known => known.FullName == method);

    public async ValueTask DisposeAsync()
    {
        foreach (var world in _worlds) await world.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
    }
}
