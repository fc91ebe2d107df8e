using Grpc.Core;
using Jiceng.Cadre.Domain;
using Jiceng.Cadre.Organizations;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Persons;

internal sealed class PersonService(RpcWrites writes, Database database, PersonStore store, PersonWriter writer, PersonalFieldsHandler personal)
    : V1.PersonService.PersonServiceBase
{
    private const int NameLimit = 50;

    public override Task<V1.Person> CreatePerson(V1.CreatePersonRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var given = request.Person;
            var today = ChinaTime.Day(work.Now);
            var organizationId = Require.Id(given.OrganizationId, "person.organization_id");
            var organization = await OrganizationInScopeAsync(work, caller, organizationId, token);
            var (fields, sex) = PersonalFieldsHandler.Read(request.PersonalFields ?? new(), Require.OptionalValue<Sex>(given.Sex, "person.sex"), today);
            var person = (new Person
            {
                Id = Guid.CreateVersion7(work.Now),
                Name = Require.Text(given.DisplayName, "person.display_name", NameLimit),
                OrganizationId = organization.Id,
                Place = organization.Place,
                Sex = sex,
                BirthDate = fields.BirthDate,
                Education = Require.Value<Education>(given.Education, "person.education"),
                PartyJoinDate = Require.OptionalDate(given.PartyJoinDate, "person.party_join_date"),
                Categories = Categories(given),
                EffectiveDate = EffectiveDate.Of(Require.OptionalDate(request.EffectiveDate, "effective_date"), null, today),
                CreateTime = work.Now,
                UpdateTime = work.Now,
                UpdatedBy = caller.SubjectId,
                Version = 1,
            }).UnderRules(today);
            await personal.CheckNewAsync(work, caller, fields, null, token);
            return (await writer.AddAsync(work, person, fields, "person.create", token)).ToMessage();
        });

    public override async Task<V1.Person> GetPerson(V1.GetPersonRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.PersonId, "person_id");
        var day = Require.OptionalDate(request.AsOfDate, "as_of_date");
        var found = await database.ReadAsync(
            (connection, token) => day is { } asOf
                ? PersonStore.FindOnAsync(connection, id, asOf, token)
                : PersonStore.FindAsync(connection, id, token),
            context.CancellationToken);
        return (found ?? throw CommonErrors.OutOfScope.With(("field", "person_id"))).ToMessage();
    }

    public override async Task<V1.ListPersonsResponse> ListPersons(V1.ListPersonsRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.PlaceCode);
        var organizationId = Require.OptionalId(request.OrganizationId, "organization_id");
        var category = Require.OptionalValue<PersonCategory>(request.Category, "category");
        var namePart = Require.Optional(request.NamePart, "name_part", NameLimit);
        var page = PlacePage.Of(request, request.PageSize);
        var found = await database.ReadAsync(
            (connection, token) => PersonStore.ListAsync(connection, within, organizationId, category, namePart, page, token),
            context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, page.Limit, last => [last.Place.Value, last.Id.ToString()]);
        return new V1.ListPersonsResponse { Persons = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    public override Task<V1.Person> UpdatePerson(V1.UpdatePersonRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var given = request.Person;
            var today = ChinaTime.Day(work.Now);
            var before = await PersonStore.LockAsync(work, Require.Id(given.PersonId, "person.person_id"), token)
                ?? throw CommonErrors.OutOfScope.With(("field", "person.person_id"));
            Etag.Check(given.Etag, before.Version);
            var changed = UpdateMask.Resolve(
                request.UpdateMask, "display_name", "organization_id", "sex", "education", "party_join_date", "categories");
            var wanted = before with
            {
                Name = changed.Contains("display_name") ? Require.Text(given.DisplayName, "person.display_name", NameLimit) : before.Name,
                Sex = changed.Contains("sex") ? Require.Value<Sex>(given.Sex, "person.sex") : before.Sex,
                Education = changed.Contains("education") ? Require.Value<Education>(given.Education, "person.education") : before.Education,
                PartyJoinDate = changed.Contains("party_join_date")
                    ? Require.OptionalDate(given.PartyJoinDate, "person.party_join_date")
                    : before.PartyJoinDate,
                Categories = changed.Contains("categories") ? Categories(given) : before.Categories,
            };
            var organizationId = changed.Contains("organization_id")
                ? Require.Id(given.OrganizationId, "person.organization_id")
                : before.OrganizationId;
            if (organizationId != before.OrganizationId)
            {
                var organization = await OrganizationInScopeAsync(work, caller, organizationId, token);
                wanted = wanted with { OrganizationId = organization.Id, Place = organization.Place };
            }

            wanted = wanted.UnderRules(today);
            var effectiveDate = Require.OptionalDate(request.EffectiveDate, "effective_date");
            if (wanted.Sex != before.Sex)
                (await store.FindPersonalFieldsAsync(work, before.Id, token)).CheckSex(wanted.Sex);
            return (await writer.SaveAsync(work, wanted, effectiveDate, null, "person.update", token)).ToMessage();
        });

    public override async Task<V1.ListPersonHistoryResponse> ListPersonHistory(
        V1.ListPersonHistoryRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.PersonId, "person_id");
        var (before, limit) = (Paging.BeforeVersion(request), Paging.Limit(request.PageSize));
        var found = await database.ReadAsync(
            (connection, token) => PersonStore.ListHistoryAsync(connection, id, before, limit, token), context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, limit, last => [Etag.Of(last.Version)]);
        return new V1.ListPersonHistoryResponse { States = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    public override Task<V1.SearchPersonsResponse> SearchPersons(V1.SearchPersonsRequest request, ServerCallContext context) =>
        personal.SearchAsync(request, context);

    public override Task<V1.PersonalFields> GetPersonalFields(V1.GetPersonalFieldsRequest request, ServerCallContext context) =>
        personal.GetAsync(request, context);

    public override Task<V1.Person> UpdatePersonalFields(V1.UpdatePersonalFieldsRequest request, ServerCallContext context) =>
        personal.UpdateAsync(request, context);

    private static List<PersonCategory> Categories(V1.Person given) =>
        Require.Values<V1.PersonCategory, PersonCategory>(given.Categories, "person.categories");

    private static async Task<Organization> OrganizationInScopeAsync(UnitOfWork work, Caller caller, Guid id, CancellationToken cancellationToken) =>
        await OrganizationStore.FindAsync(work.Connection, id, cancellationToken) is { } organization && caller.Scope.Contains(organization.Place)
            ? organization
            : throw CommonErrors.OutOfScope.With(("field", "person.organization_id"));
}
