using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Contracts;
using Jiceng.Rpc;
using Shouldly;
using Xunit;
using AccessOption = Jiceng.Common.V1.Access;

namespace Jiceng.IntegrationTests.Access;

/// <summary>
/// Every method of the contracts, by every role, where the caller may and where not, with tokens and without. The methods come from the
/// descriptors: a new one is tested from the day that it is written.
/// </summary>
[Collection(nameof(AccessWorlds))]
public sealed class LeakMatrixTests(AccessWorlds worlds)
{
    private const string NowhereVillage = "140224206999";

    private static IEnumerable<MethodDescriptor> All => ContractFiles.Services.SelectMany(service => service.Methods);

    public static TheoryData<string> Methods => [.. All.Select(method => method.FullName)];

    public static TheoryData<string> Placed => [.. All.Where(method => !method.AccessOf().Placeless).Select(method => method.FullName)];

    public static TheoryData<string> Own => [.. All.Where(method => method.AccessOf().Own).Select(method => method.FullName)];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Call_WithoutAValidToken_IsUnauthenticated(string name)
    {
        var method = AccessWorlds.Find(name);
        foreach (var world in Served(method))
        {
            var request = method.Request(world.Here, method.Target(world.Here));
            var role = Granting(method).First();
            foreach (var headers in (Metadata?[])[null, world.Run.Expired(AccessWorld.NewId(), role, AccessWorld.County), Bearer("x.y.z"), Bearer("")])
                (await world.Run.Channel.CallAsync(method, request, headers)).Code.ShouldBe(StatusCode.Unauthenticated);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Call_ByARoleWithoutThePermission_IsRefused(string name)
    {
        var method = AccessWorlds.Find(name);
        foreach (var world in Served(method))
        {
            foreach (var role in Roles.Table.Keys.Except(Granting(method)).Append("emperor"))
            {
                var outcome = await CallAsync(world, method, world.Here, role, AccessWorld.County);
                (outcome.Code, outcome.Reason).ShouldBe((StatusCode.PermissionDenied, "PERMISSION_MISSING"), role);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Placed))]
    public async Task Call_OutOfScope_IsRefused_InTheSameWordsWhetherItExistsOrNot(string name)
    {
        var method = AccessWorlds.Find(name);
        foreach (var world in Served(method))
        {
            var nowhere = method.AccessOf().TargetCase == AccessOption.TargetOneofCase.PlaceField ? NowhereVillage : AccessWorld.NewId();
            foreach (var role in Granting(method))
            {
                string[][] scopes = [[world.Here.Township], [$"{world.There.Township}999"], []];
                foreach (var scope in scopes)
                {
                    var there = await CallAsync(world, method, world.There, role, scope);
                    (there.Code, there.Reason).ShouldBe((StatusCode.PermissionDenied, "OUT_OF_SCOPE"), $"{role} of {string.Join(',', scope)}");
                }

                var outside = await CallAsync(world, method, world.There, role, world.Here.Township);
                var headers = world.Run.As(AccessWorld.NewId(), role, world.Here.Township);
                var missing = await world.Run.Channel.CallAsync(method, method.Request(world.There, nowhere), headers);
                missing.ShouldBe(outside, role);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Call_InScope_ByARoleThatMay_IsLetIn(string name)
    {
        var method = AccessWorlds.Find(name);
        foreach (var world in Served(method))
        {
            foreach (var role in Granting(method))
            {
                var outcome = await CallAsync(world, method, world.Here, role, world.Here.Township);
                outcome.IsRefusedByAccess.ShouldBeFalse($"{role}: {outcome}");
                outcome.IsFault.ShouldBeFalse($"{role}: {outcome}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Own))]
    public async Task Call_ByWhomItConcerns_IsLetIn_WhateverTheScope(string name)
    {
        var method = AccessWorlds.Find(name);
        foreach (var world in Served(method))
        {
            foreach (var role in Granting(method))
            {
                var request = method.Request(world.Here, method.Target(world.Here));
                var outcome = await world.Run.Channel.CallAsync(method, request, world.Run.As(world.Here.Owner, role, world.There.Township));
                outcome.IsRefusedByAccess.ShouldBeFalse($"{role}: {outcome}");
            }
        }
    }

    private IReadOnlyList<AccessWorld> Served(MethodDescriptor method)
    {
        var serving = worlds.Serving(method);
        serving.ShouldNotBeEmpty($"{method.FullName}: no world of tests/integration/Access serves {method.Service.File.Package}.");
        return serving;
    }

    private static Task<Outcome> CallAsync(AccessWorld world, MethodDescriptor method, Seed target, string role, params string[] scope) =>
        world.Run.Channel.CallAsync(method, method.Request(target, method.Target(target)), world.Run.As(AccessWorld.NewId(), role, scope));

    private static IEnumerable<string> Granting(MethodDescriptor method) => RolesGranting(method.AccessOf());

    internal static IEnumerable<string> RolesGranting(AccessOption access) => Roles.Table
        .Where(role => role.Value.Contains(access.Permission) || role.Value.Contains(access.AlsoPermission))
        .Select(role => role.Key).Order(StringComparer.Ordinal);

    private static Metadata Bearer(string token) => new() { { "authorization", $"Bearer {token}" } };
}
