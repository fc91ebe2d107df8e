using System.Reflection;
using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Compiled;

public sealed class LayerRuleTests
{
    private static readonly Lazy<IReadOnlyList<Reference>> All = new(() => [.. Suite.Assemblies.SelectMany(CompiledReferences.Of)]);
    private static readonly Lazy<IReadOnlyList<Reference>> Sample = new(() =>
        [.. CompiledReferences.Of(Assembly.GetExecutingAssembly()).Where(reference => reference.File.Contains("/Samples/", StringComparison.Ordinal))]);

    [Fact]
    public void Impure_EveryDomainFile_UsesOnlyTheBaseLibraryAndTheDomain() => Broken(LayerRules.Impure).ShouldBeEmpty();

    [Fact]
    public void SqlOutsideStores_EveryFile_LeavesSqlToStores() => Broken(LayerRules.SqlOutsideStores).ShouldBeEmpty();

    [Fact]
    public void DaprOutsideMessaging_EveryFile_LeavesDaprToMessaging() => Broken(LayerRules.DaprOutsideMessaging).ShouldBeEmpty();

    [Fact]
    public void StatusMadeOutsideRpc_EveryFile_ThrowsReasons() => Broken(LayerRules.StatusMadeOutsideRpc).ShouldBeEmpty();

    [Fact]
    public void References_EveryService_AreSeen()
    {
        // The rules above say nothing about code that is not read.
        var files = All.Value.Select(reference => reference.File).ToHashSet();
        var unread = Repository.Files.Where(file => file.Extension == ".cs" && file.Path.StartsWith("services/", StringComparison.Ordinal))
            .Where(file => !files.Contains(file.Path)).Select(file => file.Path);
        unread.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("NpgsqlConnection")]
    [InlineData("SqlMapper")]
    [InlineData("HttpContext")]
    [InlineData("RpcException")]
    [InlineData("SampleStore")]
    [InlineData("ISampleOutside")]
    [InlineData("TimeProvider")]
    [InlineData("File")]
    public void Impure_Sample_IsFound(string type) =>
        InService("Cases/Impure.cs", "Impure.cs").SelectMany(LayerRules.Impure).ShouldContain(line => line.Contains(type, StringComparison.Ordinal));

    [Fact]
    public void Impure_SampleStore_MayTouchTheOutside() =>
        InService("Cases/SampleStore.cs", "SampleStore.cs").SelectMany(LayerRules.Impure).ShouldBeEmpty();

    [Fact]
    public void SqlOutsideStores_Sample_IsFound() =>
        InService("Cases/CaseRpc.cs", "Impure.cs").SelectMany(LayerRules.SqlOutsideStores).ShouldNotBeEmpty();

    [Fact]
    public void StatusMadeOutsideRpc_Sample_IsFound()
    {
        InService("Cases/CaseRpc.cs", "Impure.cs").SelectMany(LayerRules.StatusMadeOutsideRpc).ShouldNotBeEmpty();
        InService("../../libs/Rpc/Errors.cs", "Impure.cs").Select(reference => reference with { File = "libs/Rpc/Errors.cs" })
            .SelectMany(LayerRules.StatusMadeOutsideRpc).ShouldBeEmpty();
    }

    [Fact]
    public void DaprOutsideMessaging_Sample_IsFound()
    {
        var used = All.Value.First(reference => reference.Type.Assembly.GetName().Name == "Dapr.Client");
        LayerRules.DaprOutsideMessaging(used with { File = "services/grid/Cases/CaseEvents.cs" }).ShouldNotBeEmpty();
        LayerRules.DaprOutsideMessaging(used).ShouldBeEmpty();
    }

    private static string[] Broken(Func<Reference, IEnumerable<string>> rule) => [.. All.Value.SelectMany(rule).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The references of a sample, as if the samples were files of a service.</summary>
    private static IEnumerable<Reference> InService(string path, string sample) => Sample.Value
        .Where(reference => reference.File.EndsWith($"/{sample}", StringComparison.Ordinal))
        .Select(reference => reference with
        {
            File = $"services/grid/{path}",
            DeclaredIn = reference.DeclaredIn.Select(file => file.Replace("tests/architecture/Samples/", "services/grid/Cases/", StringComparison.Ordinal)).ToHashSet(),
        });
}
