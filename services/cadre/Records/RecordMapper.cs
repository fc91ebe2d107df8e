using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Events.V1;
using Jiceng.Cadre.Records.Domain;
using Jiceng.Domain;

namespace Jiceng.Cadre.Records;

internal static class RecordMapper
{
    public static V1.Record ToMessage(this Record record) => new()
    {
        RecordId = record.Id.ToString(),
        Kind = (V1.RecordKind)record.Kind,
        PersonId = record.PersonId?.ToString() ?? "",
        OrganizationId = record.OrganizationId?.ToString() ?? "",
        PlaceCode = record.Place.Value,
        Level = (V1.RecordLevel)record.Level,
        Title = record.Title,
        DocumentNumber = record.DocumentNumber,
        DocumentDate = Days.Text(record.DocumentDate),
        Topic = record.Topic,
        RecordTime = record.RecordTime.ToTimestamp(),
    };

    /// <summary>The event of the record's kind. Both events have the same fields, so that one mapping serves both; a test holds them equal.</summary>
    public static IMessage ToEvent(this Record record) => record.Kind == RecordKind.Commendation
        ? record.ToCommendation()
        : NoticeRecorded.Parser.ParseFrom(record.ToCommendation().ToByteString());

    private static CommendationRecorded ToCommendation(this Record record) => new()
    {
        RecordId = record.Id.ToString(),
        PersonId = record.PersonId?.ToString() ?? "",
        OrganizationId = record.OrganizationId?.ToString() ?? "",
        Level = EnumNames.Of(record.Level),
        Title = record.Title,
        DocumentNumber = record.DocumentNumber,
        Date = Days.Text(record.DocumentDate),
        PlaceCode = record.Place.Value,
        Topic = record.Topic,
        RecordTime = record.RecordTime.ToTimestamp(),
        Sequence = Record.Version,
    };
}
