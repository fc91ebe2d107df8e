using System.Globalization;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Facts;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using V1 = Jiceng.Scoring.V1;

namespace Jiceng.Scoring.Schemes;

internal sealed class SchemeService(Database database, RpcWrites writes, TimeProvider time)
    : V1.SchemeService.SchemeServiceBase
{
    public override Task<V1.Scheme> CreateScheme(V1.CreateSchemeRequest request, ServerCallContext context) => writes.RunAsync(
        request,
        context,
        async (work, _, cancellationToken) =>
        {
            var scheme = (request.Scheme ?? new V1.Scheme()).ToDraft(Guid.CreateVersion7(work.Now), work.Now);
            await SchemeWriter.AddAsync(work, scheme, "scheme.create", cancellationToken);
            return scheme.ToMessage();
        });

    public override Task<V1.Scheme> CreateSchemeVersion(V1.CreateSchemeVersionRequest request, ServerCallContext context) => writes.RunAsync(
        request,
        context,
        async (work, _, cancellationToken) =>
        {
            // The newest version is locked, so that two drafts are not made from it at once.
            var versions = await SchemeStore.VersionsAsync(work.Connection, Require.Id(request.SchemeId, "scheme_id"), cancellationToken);
            var newest = await SchemeStore.LockAsync(work, versions[0].Id, versions[0].Version, cancellationToken);
            if (newest is not { State: SchemeState.Published })
            {
                throw newest is { Version: > 1 }
                    ? ScoringErrors.SchemeDraftExists.With(("version", Text(newest.Version)))
                    : ScoringErrors.SchemeNotPublished.With();
            }

            var draft = newest with
            {
                Version = newest.Version + 1,
                State = SchemeState.Draft,
                EffectiveDate = null,
                CreateTime = work.Now,
                PublishTime = null,
                Revision = 1,
            };
            await SchemeWriter.AddAsync(work, draft, "scheme.draft_version", cancellationToken);
            return draft.ToMessage();
        });

    public override Task<V1.Scheme> UpdateScheme(V1.UpdateSchemeRequest request, ServerCallContext context) => writes.RunAsync(
        request,
        context,
        async (work, _, cancellationToken) =>
        {
            var fields = UpdateMask.Resolve(request.UpdateMask, "name", "groups", "base_points", "rules", "caps", "tie_breaks");
            var draft = await DraftAsync(work, request.Scheme.SchemeId, "scheme.scheme_id", request.Scheme.Version, cancellationToken);
            Etag.Check(request.Scheme.Etag, draft.Revision);
            var given = request.Scheme.ToTerms();
            var edited = draft with
            {
                Name = fields.Contains("name") ? request.Scheme.ToName() : draft.Name,
                Terms = new SchemeTerms(
                    fields.Contains("groups") ? given.Groups : draft.Terms.Groups,
                    fields.Contains("base_points") ? given.BasePoints : draft.Terms.BasePoints,
                    fields.Contains("rules") ? given.Rules : draft.Terms.Rules,
                    fields.Contains("caps") ? given.Caps : draft.Terms.Caps,
                    fields.Contains("tie_breaks") ? given.TieBreaks : draft.Terms.TieBreaks),
                Revision = draft.Revision + 1,
            };
            await SchemeWriter.SaveAsync(work, edited, "scheme.update", cancellationToken);
            return edited.ToMessage();
        });

    public override Task<V1.Scheme> PublishScheme(V1.PublishSchemeRequest request, ServerCallContext context) => writes.RunAsync(
        request,
        context,
        async (work, _, cancellationToken) =>
        {
            var effective = Require.Date(request.EffectiveDate, "effective_date");
            if (effective.Year is < 2000 or > 2100) throw Require.Invalid("effective_date", "a day from 2000-01-01 to 2100-12-31");
            await SchemeStore.LockPublicationAsync(work, cancellationToken);
            var draft = await DraftAsync(work, request.SchemeId, "scheme_id", request.Version, cancellationToken);
            Etag.Check(Require.Text(request.Etag, "etag", 50), draft.Revision);
            Refuse(SchemeCheck.Faults(draft, FactTable.Catalog));
            await CheckDateAsync(work, draft, effective, cancellationToken);
            var published = draft with { State = SchemeState.Published, EffectiveDate = effective, PublishTime = work.Now, Revision = draft.Revision + 1 };
            await SchemeWriter.SaveAsync(work, published, "scheme.publish", cancellationToken);
            return published.ToMessage();
        });

    public override Task<V1.ValidateSchemeResponse> ValidateScheme(V1.ValidateSchemeRequest request, ServerCallContext context)
    {
        var scheme = (request.Scheme ?? new V1.Scheme()).ToDraft(Guid.Empty, time.GetUtcNow());
        var response = new V1.ValidateSchemeResponse();
        response.Faults.Add(SchemeCheck.Faults(scheme, FactTable.Catalog).Select(fault =>
            new V1.SchemeFault { Field = fault.Field, Description = fault.English, DescriptionZh = fault.Chinese }));
        return Task.FromResult(response);
    }

    public override async Task<V1.Scheme> GetScheme(V1.GetSchemeRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.SchemeId, "scheme_id");
        var versions = await database.ReadAsync((connection, token) => SchemeStore.VersionsAsync(connection, id, token), context.CancellationToken);
        var wanted = request.Version == 0
            ? Scheme.InForce(versions, ChinaTime.Day(time.GetUtcNow())).SingleOrDefault() ?? (versions is [var newest, ..] ? newest : null)
            : versions.FirstOrDefault(scheme => scheme.Version == request.Version);
        return wanted?.ToMessage() ?? throw NotFound(request.SchemeId, request.Version);
    }

    public override async Task<V1.ListSchemesResponse> ListSchemes(V1.ListSchemesRequest request, ServerCallContext context)
    {
        var limit = Paging.Limit(request.PageSize);
        PlaceCode? place = request.PlaceCode.Length == 0 ? null : PlaceCode.Parse(request.PlaceCode, "place_code");
        var state = Require.OptionalValue<SchemeState>(request.State, "state");
        var kind = Require.OptionalValue<SubjectKind>(request.SubjectKind, "subject_kind");
        (Guid, int)? after = Paging.After(request, 2) is [var id, var version]
            ? (Guid.Parse(id), int.Parse(version, CultureInfo.InvariantCulture))
            : null;
        var found = await database.ReadAsync(
            (connection, token) => SchemeStore.ListAsync(connection, place, state, kind, after, limit, token), context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, limit, row => [row.Id.ToString(), Text(row.Version)]);
        return new V1.ListSchemesResponse { Schemes = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    public override Task<V1.ListEventTypesResponse> ListEventTypes(V1.ListEventTypesRequest request, ServerCallContext context)
    {
        var response = new V1.ListEventTypesResponse();
        foreach (var type in FactTable.Catalog.All)
        {
            var message = new V1.EventType { Type = type.Type, Title = type.Title };
            message.Fields.Add(type.Fields.Select(field => new V1.EventField { Name = field.Name, Kind = field.Kind.ToString().ToLowerInvariant() }));
            message.Roles.Add(type.Roles.Select(role => new V1.EventRole { Name = role.Name, SubjectKind = (V1.SubjectKind)role.Subject }));
            response.EventTypes.Add(message);
        }

        return Task.FromResult(response);
    }

    internal static ApiException NotFound(string id, int version) =>
        ScoringErrors.SchemeNotFound.With(("scheme_id", id), ("version", Text(version)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Refuse(IReadOnlyList<SchemeFault> faults)
    {
        if (faults is not [var first, ..]) return;
        var refusal = ScoringErrors.SchemeInvalid.With(
            ("count", Text(faults.Count)), ("field", first.Field), ("fault", first.English), ("fault_zh", first.Chinese));
        foreach (var fault in faults) refusal.At(fault.Field, fault.English);
        throw refusal;
    }

    private static async Task<Scheme> DraftAsync(UnitOfWork work, string id, string field, int version, CancellationToken cancellationToken)
    {
        var scheme = await SchemeStore.LockAsync(work, Require.Id(id, field), version, cancellationToken) ?? throw NotFound(id, version);
        return scheme.State == SchemeState.Draft ? scheme : throw ScoringErrors.SchemePublished.With(("version", Text(version)));
    }

    private static async Task CheckDateAsync(UnitOfWork work, Scheme draft, DateOnly effective, CancellationToken cancellationToken)
    {
        if (draft.Version == 1) return;
        var replaced = (await SchemeStore.VersionsAsync(work.Connection, draft.Id, cancellationToken)).First(version => version.Version == draft.Version - 1);
        var today = ChinaTime.Day(work.Now);
        var earliest = (replaced.EffectiveDate > today ? replaced.EffectiveDate.Value : today).AddDays(1);
        if (effective >= earliest) return;
        throw ScoringErrors.EffectiveDateTooEarly
            .With(("version", Text(draft.Version)), ("earliest", earliest.ToString("O", CultureInfo.InvariantCulture)))
            .At("effective_date", $"{earliest:O} or later");
    }
}
