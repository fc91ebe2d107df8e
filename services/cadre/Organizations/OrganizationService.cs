using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Cadre.Domain;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Organizations;

internal sealed class OrganizationService(RpcWrites writes, Database database) : V1.OrganizationService.OrganizationServiceBase
{
    private const int NameLimit = 100;
    private const int PlanLimit = 2_000;

    public override Task<V1.Organization> CreateOrganization(V1.CreateOrganizationRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var given = request.Organization;
            var state = Require.OptionalValue<OrganizationState>(given.State, "organization.state") ?? OrganizationState.Normal;
            var plan = Require.Optional(given.RectificationPlan, "organization.rectification_plan", PlanLimit);
            var wanted = new Organization
            {
                Id = Guid.CreateVersion7(work.Now),
                Name = Require.Text(given.Name, "organization.name", NameLimit),
                Kind = Require.Value<OrganizationKind>(given.Kind, "organization.kind"),
                Place = PlaceCode.Parse(given.PlaceCode, "organization.place_code"),
                ParentId = Require.OptionalId(given.ParentId, "organization.parent_id"),
                Class = Require.Value<OrganizationClass>(given.OrganizationClass, "organization.organization_class"),
                State = state,
                RectificationPlan = Organization.PlanFor(state, plan, "organization.rectification_plan"),
                Seated = false,
                EffectiveDate = EffectiveDate.Of(Require.OptionalDate(request.EffectiveDate, "effective_date"), null, ChinaTime.Day(work.Now)),
                CreateTime = work.Now,
                UpdateTime = work.Now,
                UpdatedBy = caller.SubjectId,
                Version = 1,
            };
            var created = wanted.UnderRules(
                wanted.ParentId is { } parentId ? await NewParentAsync(work, caller, parentId, null, token) : null);
            await CheckSeatAsync(work, created, token);
            await OrganizationWriter.AddAsync(work, created, "organization.create", token);
            return created.ToMessage();
        });

    public override async Task<V1.Organization> GetOrganization(V1.GetOrganizationRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.OrganizationId, "organization_id");
        var day = Require.OptionalDate(request.AsOfDate, "as_of_date");
        var found = await database.ReadAsync(
            (connection, token) => day is { } asOf
                ? OrganizationStore.FindOnAsync(connection, id, asOf, token)
                : OrganizationStore.FindAsync(connection, id, token),
            context.CancellationToken);
        return (found ?? throw CommonErrors.OutOfScope.With(("field", "organization_id"))).ToMessage();
    }

    public override async Task<V1.ListOrganizationsResponse> ListOrganizations(
        V1.ListOrganizationsRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.PlaceCode);
        var kinds = Require.Values<V1.OrganizationKind, OrganizationKind>(request.Kinds, "kinds");
        var state = Require.OptionalValue<OrganizationState>(request.State, "state");
        var parentId = Require.OptionalId(request.ParentId, "parent_id");
        var page = PlacePage.Of(request, request.PageSize);
        var found = await database.ReadAsync(
            (connection, token) => OrganizationStore.ListAsync(connection, within, kinds, state, parentId, page, token),
            context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, page.Limit, last => [last.Place.Value, last.Id.ToString()]);
        return new V1.ListOrganizationsResponse { Organizations = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    public override Task<V1.Organization> UpdateOrganization(V1.UpdateOrganizationRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var given = request.Organization;
            var before = await LockAsync(work, given.OrganizationId, "organization.organization_id", token);
            Etag.Check(given.Etag, before.Version);
            var changed = UpdateMask.Resolve(request.UpdateMask, "name", "kind", "parent_id", "organization_class");
            var parentId = changed.Contains("parent_id") ? Require.OptionalId(given.ParentId, "organization.parent_id") : before.ParentId;
            var wanted = before with
            {
                Name = changed.Contains("name") ? Require.Text(given.Name, "organization.name", NameLimit) : before.Name,
                Kind = changed.Contains("kind") ? Require.Value<OrganizationKind>(given.Kind, "organization.kind") : before.Kind,
                Class = changed.Contains("organization_class")
                    ? Require.Value<OrganizationClass>(given.OrganizationClass, "organization.organization_class")
                    : before.Class,
            };
            var parent = parentId is not { } id ? null
                : id == before.ParentId ? await OrganizationStore.FindAsync(work.Connection, id, token)
                : await NewParentAsync(work, caller, id, before, token);
            var after = Next(wanted.UnderRules(parent), request.EffectiveDate, work);
            await CheckSeatAsync(work, after, token);
            await OrganizationWriter.SaveAsync(work, before, after, "organization.update", token);
            return after.ToMessage();
        });

    public override Task<V1.Organization> ChangeOrganizationState(V1.ChangeOrganizationStateRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var before = await LockAsync(work, request.OrganizationId, "organization_id", token);
            Etag.Check(request.Etag, before.Version);
            var plan = Require.Optional(request.RectificationPlan, "rectification_plan", PlanLimit);
            var after = Next(before.In(Require.Value<OrganizationState>(request.State, "state"), plan), request.EffectiveDate, work);
            await OrganizationWriter.SaveAsync(work, before, after, "organization.change_state", token);
            return after.ToMessage();
        });

    public override async Task<V1.ListOrganizationHistoryResponse> ListOrganizationHistory(
        V1.ListOrganizationHistoryRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.OrganizationId, "organization_id");
        var (before, limit) = (Paging.BeforeVersion(request), Paging.Limit(request.PageSize));
        var found = await database.ReadAsync(
            (connection, token) => OrganizationStore.ListHistoryAsync(connection, id, before, limit, token), context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, limit, last => [Etag.Of(last.Version)]);
        return new V1.ListOrganizationHistoryResponse { States = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    private static async Task<Organization> LockAsync(UnitOfWork work, string id, string field, CancellationToken cancellationToken) =>
        await OrganizationStore.LockAsync(work, Require.Id(id, field), cancellationToken) ?? throw CommonErrors.OutOfScope.With(("field", field));

    /// <summary>The parent that a request names, which has to be in scope.</summary>
    /// <param name="of">The organisation that gets it, which must not stand above it; null for a new one.</param>
    private static async Task<Organization> NewParentAsync(
        UnitOfWork work, Caller caller, Guid parentId, Organization? of, CancellationToken cancellationToken)
    {
        const string Field = "organization.parent_id";
        var parent = await OrganizationStore.FindAsync(work.Connection, parentId, cancellationToken);
        if (parent is null || !caller.Scope.Contains(parent.Place))
            throw CommonErrors.OutOfScope.With(("field", Field));
        if (of is null)
            return parent;

        // Two moves at a time could close a circle that neither sees.
        await work.LockAsync(["organization.tree:"], cancellationToken);
        return await OrganizationStore.IsBelowAsync(work.Connection, parentId, of.Id, cancellationToken)
            ? throw CadreErrors.ParentCycle.With(("parent_id", parentId.ToString())).At(Field, "an organisation that is not below this one")
            : parent;
    }

    private static async Task CheckSeatAsync(UnitOfWork work, Organization wanted, CancellationToken cancellationToken)
    {
        if (!wanted.Seated)
            return;
        await work.LockAsync([$"organization.seat:{wanted.Place.Value}"], cancellationToken);
        if (await OrganizationStore.FindSeatedAsync(work.Connection, wanted.Place, cancellationToken) is { } seated && seated != wanted.Id)
            throw CadreErrors.SeatTaken.With(("place_code", wanted.Place.Value), ("organization_id", seated.ToString()));
    }

    private static Organization Next(Organization wanted, string effectiveDate, UnitOfWork work) => wanted with
    {
        EffectiveDate = EffectiveDate.Of(Require.OptionalDate(effectiveDate, "effective_date"), wanted.EffectiveDate, ChinaTime.Day(work.Now)),
        UpdateTime = work.Now,
        UpdatedBy = work.CallerId,
        Version = wanted.Version + 1,
    };
}
