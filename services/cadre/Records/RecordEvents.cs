using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Records;

internal static class RecordEvents
{
    // A record never changes.
    private const long Sequence = 1;

    public static void Recorded(UnitOfWork work, Record record)
    {
        IMessage payload = record.Kind == RecordKind.Commendation ? Commendation(record) : Notice(record);
        work.Publish(record.Id.ToString(), record.Place, Sequence, payload);
    }

    private static CommendationRecorded Commendation(Record record) => new()
    {
        RecordId = record.Id.ToString(),
        PersonId = CadreRpc.Id(record.PersonId),
        OrganizationId = CadreRpc.Id(record.OrganizationId),
        Level = Words.Of(record.Level),
        Title = record.Title,
        DocumentNumber = record.DocumentNumber,
        Date = Days.Text(record.DocumentDate),
        PlaceCode = record.Place.Value,
        Topic = record.Topic,
        RecordTime = Timestamp.FromDateTimeOffset(record.RecordTime),
        Sequence = Sequence,
    };

    private static NoticeRecorded Notice(Record record) => new()
    {
        RecordId = record.Id.ToString(),
        PersonId = CadreRpc.Id(record.PersonId),
        OrganizationId = CadreRpc.Id(record.OrganizationId),
        Level = Words.Of(record.Level),
        Title = record.Title,
        DocumentNumber = record.DocumentNumber,
        Date = Days.Text(record.DocumentDate),
        PlaceCode = record.Place.Value,
        Topic = record.Topic,
        RecordTime = Timestamp.FromDateTimeOffset(record.RecordTime),
        Sequence = Sequence,
    };
}
