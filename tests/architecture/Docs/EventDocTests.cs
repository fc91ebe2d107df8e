using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

public sealed class EventDocTests
{
    private const string Proto =
        """
        // jiceng.grid.case.closed.v1 on jiceng.grid.case.v1: a case was closed.
        // More.
        message CaseClosed {
        """;

    private static readonly Event[] Events = [.. Repository.Files.SelectMany(EventCatalog.Described)];

    private static readonly SourceFile[] Code =
    [
        .. Repository.Files.Where(file => file.Extension == ".cs"
            && (file.Path.StartsWith("services/", StringComparison.Ordinal) || file.Path.StartsWith("libs/", StringComparison.Ordinal))),
    ];

    [Fact]
    public void Events_EveryOne_StandsInTheDocument() =>
        new DocTable("docs/events.md", "Type", "Topic", "Message", "Published by", "Heard by")
            .HoldEqual([.. Events.Select(known => known.Row(EventCatalog.Consumers(known, Code)))]);

    [Fact]
    public void Events_EveryMessage_NamesItsTypeAndTopic() => Events.SelectMany(EventCatalog.Faults).ShouldBeEmpty();

    [Fact]
    public void Events_EveryNameInCode_IsDescribed() => Code.SelectMany(file => EventCatalog.Unknown(file, Events)).ShouldBeEmpty();

    [Fact]
    public void Events_EveryOne_IsPublished() => EventCatalog.Unpublished(Events, Code).ShouldBeEmpty();

    [Fact]
    public void Described_Sample_IsRead() =>
        EventCatalog.Described(new SourceFile("protos/jiceng/grid/events/v1/events.proto", Proto)).ShouldHaveSingleItem()
            .ShouldBe(new Event("jiceng.grid.case.closed.v1", "jiceng.grid.case.v1", "CaseClosed", "grid"));

    [Theory]
    [InlineData("", "")]
    [InlineData("jiceng.grid.case.closed.v1", "jiceng.grid.cases.v1")]
    [InlineData("jiceng.cadre.case.closed.v1", "jiceng.cadre.case.v1")]
    public void Faults_Sample_IsFound(string type, string topic) =>
        EventCatalog.Faults(new Event(type, topic, "CaseClosed", "grid")).ShouldHaveSingleItem();

    [Fact]
    public void Unknown_Sample_IsFound() =>
        EventCatalog.Unknown(new SourceFile("services/grid/A.cs", "\"jiceng.grid.case.opened.v1\", \"jiceng.grid.case.closed.v1\""), Events)
            .ShouldHaveSingleItem().ShouldContain("jiceng.grid.case.opened.v1");

    [Fact]
    public void Unpublished_Sample_IsFound() =>
        EventCatalog.Unpublished([new Event("jiceng.grid.case.opened.v1", "jiceng.grid.case.v1", "CaseOpened", "grid")], Code).ShouldHaveSingleItem();
}
