using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Cadre.Organizations;
using Jiceng.Cadre.Persons;
using Jiceng.Cadre.Records.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Records;

internal sealed class CommendationService(RpcWrites writes, Database database) : V1.CommendationService.CommendationServiceBase
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
        return (found ?? throw CommonErrors.OutOfScope.With(("field", "record_id"))).ToMessage();
    }

    public override async Task<V1.ListRecordsResponse> ListRecords(V1.ListRecordsRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.PlaceCode);
        var filter = new RecordFilter(
            Require.OptionalValue<RecordKind>(request.Kind, "kind"),
            Require.OptionalId(request.SubjectId, "subject_id"),
            Require.OptionalDate(request.FromDate, "from_date"),
            Require.OptionalDate(request.ToDate, "to_date"));
        (DateOnly, Guid)? after = Paging.After(request, 2) is [var date, var id]
            ? (Require.Date(date, "page_token"), Require.Id(id, "page_token"))
            : null;
        var limit = Paging.Limit(request.PageSize);
        var found = await database.ReadAsync(
            (connection, token) => RecordStore.ListAsync(connection, within, filter, after, limit, token), context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, limit, last => [Days.Text(last.DocumentDate), last.Id.ToString()]);
        return new V1.ListRecordsResponse { Records = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    private static async Task<V1.Record> RecordAsync(UnitOfWork work, RecordKind kind, Given given, CancellationToken cancellationToken)
    {
        var subjectId = Require.Id(given.SubjectId, "subject_id");
        var person = await PersonStore.FindAsync(work.Connection, subjectId, cancellationToken);
        var organization = person is null ? await OrganizationStore.FindAsync(work.Connection, subjectId, cancellationToken) : null;
        var record = (new Record
        {
            Id = Guid.CreateVersion7(work.Now),
            Kind = kind,
            PersonId = person?.Id,
            OrganizationId = organization?.Id,
            Place = person?.Place ?? organization?.Place ?? throw CommonErrors.OutOfScope.With(("field", "subject_id")),
            Level = Require.Value<RecordLevel>(given.Level, "level"),
            Title = Require.Text(given.Title, "title", TitleLimit),
            DocumentNumber = Require.Text(given.DocumentNumber, "document_number", DocumentNumberLimit).Trim(),
            DocumentDate = Require.Date(given.DocumentDate, "document_date"),
            Topic = given.Topic,
            RecordTime = work.Now,
            RecordedBy = work.CallerId,
        }).UnderRules(ChinaTime.Day(work.Now));
        if (await RecordStore.FindSameAsync(work, kind, record.DocumentNumber, subjectId, cancellationToken) is { } same)
            throw CadreErrors.RecordExists.With(("record_id", same.ToString()));
        RecordWriter.AddOnCommit(work, record);
        return record.ToMessage();
    }

    private sealed record Given(
        string SubjectId, V1.RecordLevel Level, string Title, string DocumentNumber, string DocumentDate, string Topic);
}
