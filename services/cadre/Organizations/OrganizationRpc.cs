using Grpc.Core;
using Jiceng.Cadre.Appointments;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using static Jiceng.Cadre.CadreRpc;

namespace Jiceng.Cadre.Organizations;

internal sealed class OrganizationRpc(RpcWrites writes, Database database) : V1.OrganizationService.OrganizationServiceBase
{
    private const int NameLimit = 100;
    private const int PlanLimit = 2_000;

    public override Task<V1.Organization> CreateOrganization(V1.CreateOrganizationRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var given = request.Organization;
            var state = ValueOrNone<OrganizationState>(given.State, "organization.state") ?? OrganizationState.Normal;
            var plan = Require.Optional(given.RectificationPlan, "organization.rectification_plan", PlanLimit);
            var wanted = new Organization(
                Guid.CreateVersion7(work.Now),
                Require.Text(given.Name, "organization.name", NameLimit),
                Value<OrganizationKind>(given.Kind, "organization.kind"),
                PlaceCode.Parse(given.PlaceCode, "organization.place_code"),
                IdOrNone(given.ParentId, "organization.parent_id"),
                Value<OrganizationClass>(given.OrganizationClass, "organization.organization_class"),
                state,
                Organization.PlanFor(state, plan, "organization.rectification_plan"),
                Seated: false,
                Days.Effective(DayOrNone(request.EffectiveDate, "effective_date"), null, ChinaTime.Day(work.Now)),
                work.Now,
                work.Now,
                caller.SubjectId,
                Version: 1);
            var created = wanted.UnderRules(
                wanted.ParentId is { } parentId ? await NewParentAsync(work, caller, parentId, null, token) : null);
            await CheckSeatAsync(work, created, token);
            await OrganizationStore.InsertAsync(work, created, token);
            return Recorded(work, created, "organization.create");
        });

    public override async Task<V1.Organization> GetOrganization(V1.GetOrganizationRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.OrganizationId, "organization_id");
        var day = DayOrNone(request.AsOfDate, "as_of_date");
        var found = await database.ReadAsync(
            (connection, token) => day is { } asOf
                ? OrganizationStore.FindOnAsync(connection, id, asOf, token)
                : OrganizationStore.FindAsync(connection, id, token),
            context.CancellationToken);
        return ToWire(found ?? throw OutOfScope("organization_id"));
    }

    public override async Task<V1.ListOrganizationsResponse> ListOrganizations(
        V1.ListOrganizationsRequest request, ServerCallContext context)
    {
        var ranges = Ranges.Of(context.Caller().Intersect(request.PlaceCode));
        var kinds = Values<V1.OrganizationKind, OrganizationKind>(request.Kinds, "kinds");
        var state = ValueOrNone<OrganizationState>(request.State, "state");
        var parentId = IdOrNone(request.ParentId, "parent_id");
        var page = PlacePage(request, request.PageSize);
        var found = await database.ReadAsync(
            (connection, token) => OrganizationStore.ListAsync(connection, ranges, kinds, state, parentId, page, token),
            context.CancellationToken);
        var next = NextToken(request, found, page.Size, last => [last.Place.Value, last.Id.ToString()]);
        return new V1.ListOrganizationsResponse { Organizations = { found.Select(ToWire) }, NextPageToken = next };
    }

    public override Task<V1.Organization> UpdateOrganization(V1.UpdateOrganizationRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var given = request.Organization;
            var before = await LockAsync(work, given.OrganizationId, "organization.organization_id", token);
            Etag.Check(given.Etag, before.Version);
            var changed = UpdateMask.Resolve(request.UpdateMask, "name", "kind", "parent_id", "organization_class");
            var parentId = changed.Contains("parent_id") ? IdOrNone(given.ParentId, "organization.parent_id") : before.ParentId;
            var wanted = before with
            {
                Name = changed.Contains("name") ? Require.Text(given.Name, "organization.name", NameLimit) : before.Name,
                Kind = changed.Contains("kind") ? Value<OrganizationKind>(given.Kind, "organization.kind") : before.Kind,
                Class = changed.Contains("organization_class")
                    ? Value<OrganizationClass>(given.OrganizationClass, "organization.organization_class")
                    : before.Class,
            };
            var parent = parentId is not { } id ? null
                : id == before.ParentId ? await OrganizationStore.FindAsync(work.Connection, id, token)
                : await NewParentAsync(work, caller, id, before, token);
            var after = Next(wanted.UnderRules(parent), request.EffectiveDate, work);
            await CheckSeatAsync(work, after, token);
            await OrganizationStore.UpdateAsync(work, after, token);
            if (after.Seated != before.Seated || after.Kind != before.Kind)
                await AppointmentEvents.OrganizationChangedAsync(work, after.Id, token);
            return Recorded(work, after, "organization.update");
        });

    public override Task<V1.Organization> ChangeOrganizationState(V1.ChangeOrganizationStateRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var before = await LockAsync(work, request.OrganizationId, "organization_id", token);
            Etag.Check(request.Etag, before.Version);
            var plan = Require.Optional(request.RectificationPlan, "rectification_plan", PlanLimit);
            var after = Next(before.In(Value<OrganizationState>(request.State, "state"), plan), request.EffectiveDate, work);
            await OrganizationStore.UpdateAsync(work, after, token);
            return Recorded(work, after, "organization.change_state");
        });

    public override async Task<V1.ListOrganizationHistoryResponse> ListOrganizationHistory(
        V1.ListOrganizationHistoryRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.OrganizationId, "organization_id");
        var (before, size) = (BeforeVersion(request), Paging.Size(request.PageSize) + 1);
        var found = await database.ReadAsync(
            (connection, token) => OrganizationStore.ListHistoryAsync(connection, id, before, size, token), context.CancellationToken);
        var next = NextToken(request, found, size, last => [Etag.Of(last.Version)]);
        return new V1.ListOrganizationHistoryResponse { States = { found.Select(ToWire) }, NextPageToken = next };
    }

    private static async Task<Organization> LockAsync(UnitOfWork work, string id, string field, CancellationToken token) =>
        await OrganizationStore.LockAsync(work, Require.Id(id, field), token) ?? throw OutOfScope(field);

    /// <summary>The parent that a request names, which has to be in scope.</summary>
    /// <param name="of">The organisation that gets it, which must not stand above it; null for a new one.</param>
    private static async Task<Organization> NewParentAsync(
        UnitOfWork work, Caller caller, Guid parentId, Organization? of, CancellationToken token)
    {
        const string Field = "organization.parent_id";
        var parent = await OrganizationStore.FindAsync(work.Connection, parentId, token);
        if (parent is null || !caller.Scope.Contains(parent.Place))
            throw OutOfScope(Field);
        if (of is null)
            return parent;

        // Two moves at a time could close a circle that neither sees.
        await ScopeStore.LockAsync(work, "organization.tree", "", token);
        return await OrganizationStore.IsBelowAsync(work.Connection, parentId, of.Id, token)
            ? throw CadreErrors.ParentCycle.With(("parent_id", parentId.ToString())).At(Field, "an organisation that is not below this one")
            : parent;
    }

    private static async Task CheckSeatAsync(UnitOfWork work, Organization wanted, CancellationToken token)
    {
        if (!wanted.Seated)
            return;
        await ScopeStore.LockAsync(work, "organization.seat", wanted.Place.Value, token);
        if (await OrganizationStore.FindSeatedAsync(work.Connection, wanted.Place, token) is { } seated && seated != wanted.Id)
            throw CadreErrors.SeatTaken.With(("place_code", wanted.Place.Value), ("organization_id", seated.ToString()));
    }

    private static Organization Next(Organization wanted, string effectiveDate, UnitOfWork work) => wanted with
    {
        EffectiveDate = Days.Effective(DayOrNone(effectiveDate, "effective_date"), wanted.EffectiveDate, ChinaTime.Day(work.Now)),
        UpdateTime = work.Now,
        UpdatedBy = work.CallerId,
        Version = wanted.Version + 1,
    };

    private static V1.Organization Recorded(UnitOfWork work, Organization organization, string action)
    {
        OrganizationEvents.Changed(work, organization);
        work.Audit(action, "organization", organization.Id.ToString(), organization.Place.Value);
        return ToWire(organization);
    }

    private static V1.Organization ToWire(Organization o) => new()
    {
        OrganizationId = o.Id.ToString(),
        Name = o.Name,
        Kind = (V1.OrganizationKind)o.Kind,
        PlaceCode = o.Place.Value,
        ParentId = Id(o.ParentId),
        OrganizationClass = (V1.OrganizationClass)o.Class,
        State = (V1.OrganizationState)o.State,
        RectificationPlan = o.RectificationPlan,
        Seated = o.Seated,
        EffectiveDate = Days.Text(o.EffectiveDate),
        CreateTime = Time(o.CreateTime),
        UpdateTime = Time(o.UpdateTime),
        Etag = Etag.Of(o.Version),
    };
}
