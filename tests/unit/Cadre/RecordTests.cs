using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Cadre.Events.V1;
using Jiceng.Cadre.Records;
using Jiceng.Cadre.Records.Domain;
using Jiceng.Domain;
using Shouldly;
using Xunit;
using static Jiceng.UnitTests.Cadre.CadreExamples;
using Record = Jiceng.Cadre.Records.Domain.Record;

namespace Jiceng.UnitTests.Cadre;

public class RecordTests
{
    [Theory]
    [InlineData("")]
    [InlineData("village_cleanup")]
    [InlineData("a1")]
    public void UnderRules_TodayWithAWord_IsKept(string topic) => Record(Today, topic).UnderRules(Today).Topic.ShouldBe(topic);

    [Theory]
    [InlineData(1, "", "document_date")]
    [InlineData(0, "Village", "topic")]
    [InlineData(0, "1a", "topic")]
    [InlineData(0, "村庄清洁", "topic")]
    [InlineData(0, "a\n", "topic")]
    public void UnderRules_DayToComeOrNoWord_Refuses(int days, string topic, string field)
    {
        var refused = Should.Throw<ApiException>(() => Record(Today.AddDays(days), topic).UnderRules(Today));
        refused.Fields.Single().Field.ShouldBe(field);
    }

    [Fact]
    public void ToEvent_OfEitherKind_IsItsEventWithTheSameContent()
    {
        static IEnumerable<string> Fields(MessageDescriptor message) => message.Fields.InDeclarationOrder().Select(field => $"{field.FieldNumber} {field.Name} {field.FieldType}");

        Fields(NoticeRecorded.Descriptor).ShouldBe(Fields(CommendationRecorded.Descriptor));
        var record = Record(Today, "village_cleanup");
        var commendation = record.ToEvent().ShouldBeOfType<CommendationRecorded>();
        var notice = (record with { Kind = RecordKind.Notice }).ToEvent().ShouldBeOfType<NoticeRecorded>();
        (commendation.Level, commendation.Date, commendation.Topic, commendation.Sequence).ShouldBe(("county", "2026-03-31", "village_cleanup", 1));
        notice.ToByteString().ShouldBe(commendation.ToByteString());
    }

    private static Record Record(DateOnly day, string topic) => new()
    {
        Id = Guid.Empty,
        Kind = RecordKind.Commendation,
        PersonId = Guid.Empty,
        Place = PlaceCode.Parse("140224"),
        Level = RecordLevel.County,
        Title = "表彰",
        DocumentNumber = "灵发〔2026〕1号",
        DocumentDate = day,
        Topic = topic,
        RecordTime = DateTimeOffset.UnixEpoch,
        RecordedBy = "tests",
    };
}
