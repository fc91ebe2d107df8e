using Jiceng.Common.V1;
using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

public sealed class EventDocTests
{
    private static readonly SourceFile[] Code =
    [
        .. Repository.Files.Where(file => file.Extension == ".cs"
            && (file.Path.StartsWith("services/", StringComparison.Ordinal) || file.Path.StartsWith("libs/", StringComparison.Ordinal))),
    ];

    [Fact]
    public void Events_EveryOne_StandsInTheDocument() =>
        new DocTable("docs/events.md", "Type", "Topic", "Message", "Permission", "Published by", "Heard by")
            .HoldEqual([.. EventCatalog.Described.Select(known => known.Row(EventCatalog.Consumers(known, Code)))]);

    [Fact]
    public void Events_EveryMessage_SaysWhatItIsCalledWhereItGoesAndWhoMayHear() => EventCatalog.Described.SelectMany(EventCatalog.Faults).ShouldBeEmpty();

    [Fact]
    public void Events_EveryNameInCode_IsDescribed() => Code.SelectMany(file => EventCatalog.Unknown(file, EventCatalog.Described)).ShouldBeEmpty();

    [Fact]
    public void Events_EveryOne_IsPublished() => EventCatalog.Unpublished(EventCatalog.Described, Code).ShouldBeEmpty();

    [Fact]
    public void Events_ServedByTheFeedAlone_AreHeardByNoService() => EventCatalog.HeardInVain(EventCatalog.Described, Code).ShouldBeEmpty();

    [Theory]
    [InlineData("", "", Permission.CaseRead)]
    [InlineData("jiceng.grid.case.closed.v1", "jiceng.grid.cases.v1", Permission.CaseRead)]
    [InlineData("jiceng.cadre.case.closed.v1", "jiceng.cadre.case.v1", Permission.CaseRead)]
    [InlineData("jiceng.grid.case.closed.v1", "jiceng.grid.case.v1", Permission.Unspecified)]
    public void Faults_Sample_IsFound(string type, string topic, Permission permission) =>
        EventCatalog.Faults(new Event(type, topic, "CaseClosed", "grid", permission)).ShouldHaveSingleItem();

    [Theory]
    [InlineData("jiceng.grid.case.v1")]
    [InlineData("")]
    public void Faults_SampleWithoutFault_HasNone(string topic) =>
        EventCatalog.Faults(new Event("jiceng.grid.case.closed.v1", topic, "CaseClosed", "grid", Permission.CaseRead)).ShouldBeEmpty();

    [Fact]
    public void HeardInVain_Sample_IsFound() =>
        EventCatalog.HeardInVain([new Event("jiceng.grid.case.closed.v1", "", "CaseClosed", "grid", Permission.CaseRead)], Code).ShouldHaveSingleItem();

    [Fact]
    public void Unknown_Sample_IsFound() =>
        EventCatalog.Unknown(new SourceFile("services/grid/A.cs", "\"jiceng.grid.case.opened.v1\", \"jiceng.grid.case.closed.v1\""), EventCatalog.Described)
            .ShouldHaveSingleItem().ShouldContain("jiceng.grid.case.opened.v1");

    [Fact]
    public void Unpublished_Sample_IsFound() =>
        EventCatalog.Unpublished([new Event("jiceng.grid.case.opened.v1", "jiceng.grid.case.v1", "CaseOpened", "grid", Permission.CaseRead)], Code).ShouldHaveSingleItem();
}
