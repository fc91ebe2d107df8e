using Grpc.Core;
using Jiceng.Cadre.Organizations;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using static Jiceng.Cadre.CadreRpc;

namespace Jiceng.Cadre.Persons;

internal sealed class PersonRpc(RpcWrites writes, Database database, PersonStore store, PersonalFieldsRpc personal)
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
            var (fields, sex) = PersonalFieldsRpc.Read(request.PersonalFields ?? new(), ValueOrNone<Sex>(given.Sex, "person.sex"), today);
            var person = new Person(
                Guid.CreateVersion7(work.Now),
                Require.Text(given.DisplayName, "person.display_name", NameLimit),
                organization.Id,
                organization.Place,
                sex,
                fields.BirthDate,
                Value<Education>(given.Education, "person.education"),
                DayOrNone(given.PartyJoinDate, "person.party_join_date"),
                Categories(given),
                "",
                "",
                Days.Effective(DayOrNone(request.EffectiveDate, "effective_date"), null, today),
                work.Now,
                work.Now,
                caller.SubjectId,
                Version: 1).UnderRules(today).Masked(fields);
            await personal.CheckNewAsync(work, caller, fields, null, token);
            await store.InsertAsync(work, person, fields, token);
            return PersonWireRpc.Recorded(work, person, "person.create");
        });

    public override async Task<V1.Person> GetPerson(V1.GetPersonRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.PersonId, "person_id");
        var day = DayOrNone(request.AsOfDate, "as_of_date");
        var found = await database.ReadAsync(
            (connection, token) => day is { } asOf
                ? PersonStore.FindOnAsync(connection, id, asOf, token)
                : PersonStore.FindAsync(connection, id, token),
            context.CancellationToken);
        return PersonWireRpc.Of(found ?? throw OutOfScope("person_id"));
    }

    public override async Task<V1.ListPersonsResponse> ListPersons(V1.ListPersonsRequest request, ServerCallContext context)
    {
        var ranges = Ranges.Of(context.Caller().Intersect(request.PlaceCode));
        var organizationId = IdOrNone(request.OrganizationId, "organization_id");
        var category = ValueOrNone<PersonCategory>(request.Category, "category");
        var namePart = Require.Optional(request.NamePart, "name_part", NameLimit);
        var page = PlacePage(request, request.PageSize);
        var found = await database.ReadAsync(
            (connection, token) => PersonStore.ListAsync(connection, ranges, organizationId, category, namePart, page, token),
            context.CancellationToken);
        var next = NextToken(request, found, page.Size, last => [last.Place.Value, last.Id.ToString()]);
        return new V1.ListPersonsResponse { Persons = { found.Select(PersonWireRpc.Of) }, NextPageToken = next };
    }

    public override Task<V1.Person> UpdatePerson(V1.UpdatePersonRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var given = request.Person;
            var today = ChinaTime.Day(work.Now);
            var before = await PersonStore.LockAsync(work, Require.Id(given.PersonId, "person.person_id"), token)
                ?? throw OutOfScope("person.person_id");
            Etag.Check(given.Etag, before.Version);
            var changed = UpdateMask.Resolve(
                request.UpdateMask, "display_name", "organization_id", "sex", "education", "party_join_date", "categories");
            var wanted = before with
            {
                Name = changed.Contains("display_name") ? Require.Text(given.DisplayName, "person.display_name", NameLimit) : before.Name,
                Sex = changed.Contains("sex") ? Value<Sex>(given.Sex, "person.sex") : before.Sex,
                Education = changed.Contains("education") ? Value<Education>(given.Education, "person.education") : before.Education,
                PartyJoinDate = changed.Contains("party_join_date")
                    ? DayOrNone(given.PartyJoinDate, "person.party_join_date")
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

            var after = PersonWireRpc.Next(wanted.UnderRules(today), DayOrNone(request.EffectiveDate, "effective_date"), work);
            if (after.Sex != before.Sex)
                (await store.FindPersonalFieldsAsync(work, after.Id, token)).CheckSex(after.Sex);
            await store.UpdateAsync(work, after, null, token);
            return PersonWireRpc.Recorded(work, after, "person.update");
        });

    public override async Task<V1.ListPersonHistoryResponse> ListPersonHistory(
        V1.ListPersonHistoryRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.PersonId, "person_id");
        var (before, size) = (BeforeVersion(request), Paging.Size(request.PageSize) + 1);
        var found = await database.ReadAsync(
            (connection, token) => PersonStore.ListHistoryAsync(connection, id, before, size, token), context.CancellationToken);
        var next = NextToken(request, found, size, last => [Etag.Of(last.Version)]);
        return new V1.ListPersonHistoryResponse { States = { found.Select(PersonWireRpc.Of) }, NextPageToken = next };
    }

    public override Task<V1.SearchPersonsResponse> SearchPersons(V1.SearchPersonsRequest request, ServerCallContext context) =>
        personal.SearchAsync(request, context);

    public override Task<V1.PersonalFields> GetPersonalFields(V1.GetPersonalFieldsRequest request, ServerCallContext context) =>
        personal.GetAsync(request, context);

    public override Task<V1.Person> UpdatePersonalFields(V1.UpdatePersonalFieldsRequest request, ServerCallContext context) =>
        personal.UpdateAsync(request, context);

    private static List<PersonCategory> Categories(V1.Person given) =>
        Values<V1.PersonCategory, PersonCategory>(given.Categories, "person.categories");

    private static async Task<Organization> OrganizationInScopeAsync(UnitOfWork work, Caller caller, Guid id, CancellationToken token) =>
        await OrganizationStore.FindAsync(work.Connection, id, token) is { } organization && caller.Scope.Contains(organization.Place)
            ? organization
            : throw OutOfScope("person.organization_id");
}
