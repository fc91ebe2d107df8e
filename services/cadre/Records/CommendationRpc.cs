using Grpc.Core;
using Jiceng.Cadre.Organizations;
using Jiceng.Cadre.Persons;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using static Jiceng.Cadre.CadreRpc;

namespace Jiceng.Cadre.Records;

internal sealed class CommendationRpc(RpcWrites writes, Database database) : V1.CommendationService.CommendationServiceBase
{
    private const int TitleLimit = 200;
    private const int DocumentNumberLimit = 100;

    public override Task<V1.Record> RecordCommendation(V1.RecordCommendationRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, (work, _, token) => RecordAsync(work, RecordKind.Commendation, new Given(
            request.SubjectId, request.Level, request.Title, request.DocumentNumber, request.DocumentDate, request.Topic), token));

    public override Task<V1.Record> RecordNotice(V1.RecordNoticeRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, (work, _, token) => RecordAsync(work, RecordKind.Notice, new Given(
            request.SubjectId, request.Level, request.Title, request.DocumentNumber, request.DocumentDate, request.Topic), token));

    public override async Task<V1.Record> GetRecord(V1.GetRecordRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.RecordId, "record_id");
        var found = await database.ReadAsync(
            (connection, token) => RecordStore.FindAsync(connection, id, token), context.CancellationToken);
        return ToWire(found ?? throw OutOfScope("record_id"));
    }

    public override async Task<V1.ListRecordsResponse> ListRecords(V1.ListRecordsRequest request, ServerCallContext context)
    {
        var ranges = Ranges.Of(context.Caller().Intersect(request.PlaceCode));
        var filter = new RecordFilter(
            ValueOrNone<RecordKind>(request.Kind, "kind"),
            IdOrNone(request.SubjectId, "subject_id"),
            DayOrNone(request.FromDate, "from_date"),
            DayOrNone(request.ToDate, "to_date"));
        (DateOnly, Guid)? after = Paging.After(request, 2) is [var date, var id]
            ? (Require.Date(date, "page_token"), Require.Id(id, "page_token"))
            : null;
        var size = Paging.Size(request.PageSize) + 1;
        var found = await database.ReadAsync(
            (connection, token) => RecordStore.ListAsync(connection, ranges, filter, after, size, token), context.CancellationToken);
        var next = NextToken(request, found, size, last => [Days.Text(last.DocumentDate), last.Id.ToString()]);
        return new V1.ListRecordsResponse { Records = { found.Select(ToWire) }, NextPageToken = next };
    }

    private static async Task<V1.Record> RecordAsync(UnitOfWork work, RecordKind kind, Given given, CancellationToken token)
    {
        var subjectId = Require.Id(given.SubjectId, "subject_id");
        var person = await PersonStore.FindAsync(work.Connection, subjectId, token);
        var organization = person is null ? await OrganizationStore.FindAsync(work.Connection, subjectId, token) : null;
        var record = new Record(
            Guid.CreateVersion7(work.Now),
            kind,
            person?.Id,
            organization?.Id,
            person?.Place ?? organization?.Place ?? throw OutOfScope("subject_id"),
            Value<RecordLevel>(given.Level, "level"),
            Require.Text(given.Title, "title", TitleLimit),
            Require.Text(given.DocumentNumber, "document_number", DocumentNumberLimit).Trim(),
            Require.Date(given.DocumentDate, "document_date"),
            given.Topic,
            work.Now,
            work.CallerId).UnderRules(ChinaTime.Day(work.Now));
        if (await RecordStore.FindSameAsync(work, kind, record.DocumentNumber, subjectId, token) is { } same)
            throw CadreErrors.RecordExists.With(("record_id", same.ToString()));
        await RecordStore.InsertAsync(work, record, token);
        RecordEvents.Recorded(work, record);
        work.Audit($"{Words.Of(kind)}.record", "record", record.Id.ToString(), record.Place.Value);
        return ToWire(record);
    }

    private static V1.Record ToWire(Record r) => new()
    {
        RecordId = r.Id.ToString(),
        Kind = (V1.RecordKind)r.Kind,
        PersonId = Id(r.PersonId),
        OrganizationId = Id(r.OrganizationId),
        PlaceCode = r.Place.Value,
        Level = (V1.RecordLevel)r.Level,
        Title = r.Title,
        DocumentNumber = r.DocumentNumber,
        DocumentDate = Days.Text(r.DocumentDate),
        Topic = r.Topic,
        RecordTime = Time(r.RecordTime),
    };

    private sealed record Given(
        string SubjectId, V1.RecordLevel Level, string Title, string DocumentNumber, string DocumentDate, string Topic);
}
