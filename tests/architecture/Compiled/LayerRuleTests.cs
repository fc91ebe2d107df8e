using System.Reflection;
using Jiceng.ArchitectureTests.Samples;
using Jiceng.ArchitectureTests.Samples.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Compiled;

public sealed class LayerRuleTests
{
    private static readonly Lazy<IReadOnlyList<Reference>> All = new(() => [.. Suite.Assemblies.SelectMany(CompiledReferences.Of)]);
    private static readonly Lazy<IReadOnlyList<Reference>> Samples = new(() => CompiledReferences.Of(Assembly.GetExecutingAssembly()));

    [Fact]
    public void Impure_EveryDomainType_UsesOnlyTheBaseLibraryAndTheDomain() => Broken(LayerRules.Impure).ShouldBeEmpty();

    [Fact]
    public void SqlOutsideStores_EveryType_LeavesSqlToStores() => Broken(LayerRules.SqlOutsideStores).ShouldBeEmpty();

    [Fact]
    public void WrittenWithoutEvents_EveryType_LeavesWritesToWriters() => Broken(LayerRules.WrittenWithoutEvents).ShouldBeEmpty();

    [Fact]
    public void DaprOutsideMessaging_EveryType_LeavesDaprToMessaging() => Broken(LayerRules.DaprOutsideMessaging).ShouldBeEmpty();

    [Fact]
    public void StatusMadeOutsideRpc_EveryType_ThrowsReasons() => Broken(LayerRules.StatusMadeOutsideRpc).ShouldBeEmpty();

    [Theory]
    [InlineData("Jiceng.Cadre.Appointments.Domain", "Jiceng.Cadre.Organizations.Domain", "Jiceng.Cadre.Persons.Domain", "Jiceng.Cadre.Records.Domain", "Jiceng.Cadre.Teams.Domain")]
    [InlineData("Jiceng.Grid.Cases.Domain", "Jiceng.Grid.Nodes.Domain", "Jiceng.Grid.Statistics.Domain")]
    [InlineData("Jiceng.Scoring.Items.Domain", "Jiceng.Scoring.Points.Domain", "Jiceng.Scoring.Ranking.Domain", "Jiceng.Scoring.Schemes.Domain", "Jiceng.Scoring.Subjects.Domain")]
    public void Impure_EverySubject_HasADomainThatIsRead(params string[] namespaces)
    {
        // The rule says nothing about a namespace that is empty or misspelt.
        var read = All.Value.Select(reference => reference.From).Where(LayerRules.IsPure).Select(type => type.Namespace).ToHashSet();
        namespaces.ShouldBeSubsetOf(read);
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
        Samples.Value.SelectMany(LayerRules.Impure).ShouldContain(line => line.Contains(type, StringComparison.Ordinal));

    [Fact]
    public void Impure_SampleStore_MayTouchTheOutside() => OfSample<SampleStore>().SelectMany(LayerRules.Impure).ShouldBeEmpty();

    [Fact]
    public void SqlOutsideStores_Sample_IsFound() => OfSample<Impure>().SelectMany(LayerRules.SqlOutsideStores).ShouldNotBeEmpty();

    [Fact]
    public void WrittenWithoutEvents_Sample_IsFound()
    {
        var broken = OfSample<SampleService>().SelectMany(LayerRules.WrittenWithoutEvents).ToList();
        broken.ShouldContain(line => line.Contains("publishes an event", StringComparison.Ordinal));
        broken.ShouldContain(line => line.Contains("SampleStore.SaveAsync", StringComparison.Ordinal));
        broken.Count.ShouldBe(2);
        Samples.Value.Where(reference => reference.From == typeof(SampleWriter)).SelectMany(LayerRules.WrittenWithoutEvents).ShouldBeEmpty();
    }

    [Fact]
    public void StatusMadeOutsideRpc_Sample_IsFound()
    {
        OfSample<Impure>().SelectMany(LayerRules.StatusMadeOutsideRpc).ShouldNotBeEmpty();
        OfSample<Impure>().Select(reference => reference with { From = typeof(Jiceng.Rpc.Require) })
            .SelectMany(LayerRules.StatusMadeOutsideRpc).ShouldBeEmpty();
    }

    [Fact]
    public void DaprOutsideMessaging_Sample_IsFound()
    {
        var used = All.Value.First(reference => reference.Type.Assembly.GetName().Name == "Dapr.Client");
        LayerRules.DaprOutsideMessaging(used with { From = typeof(SampleStore) }).ShouldNotBeEmpty();
        LayerRules.DaprOutsideMessaging(used).ShouldBeEmpty();
    }

    private static string[] Broken(Func<Reference, IEnumerable<string>> rule) => [.. All.Value.SelectMany(rule).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<Reference> OfSample<T>() => Samples.Value.Where(reference => reference.From == typeof(T));
}
