using System.Diagnostics;
using System.Reflection;
using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

public sealed class TelemetryDocTests
{
    private static readonly ActivitySource SampleSource = new("Jiceng.ArchitectureTests");

    private static readonly SourceFile[] Code =
    [
        .. Repository.Files.Where(file => file.Extension == ".cs"
            && (file.Path.StartsWith("services/", StringComparison.Ordinal) || file.Path.StartsWith("libs/", StringComparison.Ordinal))),
    ];

    [Fact]
    public void Instruments_EveryOne_StandsInTheDocument()
    {
        Code.SelectMany(Instruments.Unread).ShouldBeEmpty();
        new DocTable("docs/telemetry.md", "Instrument", "Kind", "Unit", "Meter", "What it counts").HoldEqual([.. Code.SelectMany(Instruments.Rows)]);
    }

    [Fact]
    public void Sources_EveryOne_StandsInTheDocument()
    {
        var text = Repository.Read("docs/telemetry.md");
        var sources = Suite.Assemblies.SelectMany(Instruments.Sources).Distinct().ToList();
        sources.ShouldNotBeEmpty();
        sources.Where(name => !text.Contains($"| `{name}` |", StringComparison.Ordinal)).ShouldBeEmpty("docs/telemetry.md lists no such source of spans.");
    }

    [Fact]
    public void Sources_OfAnAssembly_AreSeen() =>
        Instruments.Sources(Assembly.GetExecutingAssembly()).ShouldContain(SampleSource.Name);

    [Fact]
    public void Rows_Sample_AreRead() =>
        Instruments.Rows(new SourceFile("a.cs", "const string Name = \"Jiceng.A\"; meters.Create(Name); m.CreateObservableGauge(\"jiceng.a\", () => Value(), \"s\", \"Age\");"))
            .ShouldBe(["| `jiceng.a` | ObservableGauge | s | `Jiceng.A` | Age |"]);

    [Fact]
    public void Unread_Sample_IsFound() =>
        Instruments.Unread(new SourceFile("a.cs", "m.CreateCounter<long>(NameOfIt);")).ShouldHaveSingleItem();
}
