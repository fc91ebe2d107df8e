using System.Text.Json;
using Grpc.Core;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Persons;

/// <summary>The part of PersonService that handles resident ids and phone numbers unmasked. Every read is audited.</summary>
internal sealed class PersonalFieldsHandler(RpcWrites writes, Database database, PersonStore store, PersonWriter writer)
{
    private const int PurposeLimit = 200;

    public async Task<V1.PersonalFields> GetAsync(V1.GetPersonalFieldsRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.PersonId, "person_id");
        var purpose = Require.Text(request.Purpose, "purpose", PurposeLimit);
        if (purpose.Trim().Length < 2)
            throw Require.Invalid("purpose", "what the fields are needed for, 2 to 200 characters");
        var fields = await database.WriteAsync(
            Reader(context),
            async (work, token) =>
            {
                var person = await PersonStore.FindAsync(work.Connection, id, token) ?? throw CommonErrors.OutOfScope.With(("field", "person_id"));
                work.Audit("person.unmask", "person", id.ToString(), person.Place.Value, JsonSerializer.Serialize(new { purpose }));
                return await store.FindPersonalFieldsAsync(work, id, token);
            },
            context.CancellationToken);
        return new V1.PersonalFields
        {
            ResidentId = fields.ResidentId ?? "",
            Phone = fields.Phone ?? "",
            BirthDate = Days.Text(fields.BirthDate),
        };
    }

    public Task<V1.SearchPersonsResponse> SearchAsync(V1.SearchPersonsRequest request, ServerCallContext context)
    {
        var (residentId, phone) = request.KnownCase switch
        {
            V1.SearchPersonsRequest.KnownOneofCase.ResidentId => (ResidentId.Parse(request.ResidentId, "resident_id").Value, (string?)null),
            V1.SearchPersonsRequest.KnownOneofCase.Phone => (null, Phone.Parse(request.Phone, "phone")),
            _ => throw CommonErrors.ArgumentRequired.With(("field", "known")).At("known", "resident_id or phone"),
        };
        var within = context.Caller().Intersect(request.PlaceCode);
        return database.WriteAsync(
            Reader(context),
            async (work, token) =>
            {
                var found = await store.SearchAsync(work.Connection, within, residentId, phone, token);
                var by = residentId is null ? "phone" : "resident_id";
                var detail = JsonSerializer.Serialize(new { by, found = found.Select(person => person.Id) });
                work.Audit("person.search", "person", found is [var only] ? only.Id.ToString() : "", detailJson: detail);
                return new V1.SearchPersonsResponse { Persons = { found.Select(person => person.ToMessage()) } };
            },
            context.CancellationToken);
    }

    public Task<V1.Person> UpdateAsync(V1.UpdatePersonalFieldsRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var id = Require.Id(request.PersonId, "person_id");
            var today = ChinaTime.Day(work.Now);
            var before = await PersonStore.LockAsync(work, id, token) ?? throw CommonErrors.OutOfScope.With(("field", "person_id"));
            Etag.Check(request.Etag, before.Version);
            var kept = await store.FindPersonalFieldsAsync(work, id, token);
            var given = request.PersonalFields ?? new();
            var changed = UpdateMask.Resolve(request.UpdateMask, "resident_id", "phone", "birth_date");
            var (fields, _) = Read(
                new V1.PersonalFields
                {
                    ResidentId = changed.Contains("resident_id") ? given.ResidentId : kept.ResidentId ?? "",
                    Phone = changed.Contains("phone") ? given.Phone : kept.Phone ?? "",
                    BirthDate = changed.Contains("birth_date") ? given.BirthDate : Days.Text(kept.BirthDate),
                },
                before.Sex,
                today);
            await CheckNewAsync(work, caller, fields, id, token);
            var wanted = (before with { BirthDate = fields.BirthDate }).UnderRules(today);
            return (await writer.SaveAsync(work, wanted, null, fields, "person.update_personal_fields", token)).ToMessage();
        });

    public static (PersonalFields Fields, Sex Sex) Read(V1.PersonalFields given, Sex? sex, DateOnly today) => PersonalFields.Read(
        given.ResidentId, given.Phone, Require.OptionalDate(given.BirthDate, "personal_fields.birth_date"), sex, today);

    /// <summary>Rejects a resident id that another person has. The error names that person only to callers whose scope contains the person.</summary>
    /// <param name="self">The person whose fields they are; null for a new one.</param>
    public async Task CheckNewAsync(UnitOfWork work, Caller caller, PersonalFields fields, Guid? self, CancellationToken cancellationToken)
    {
        if (fields.ResidentId is null || await store.FindResidentAsync(work, fields.ResidentId, cancellationToken) is not { } other || other.Id == self)
            return;
        throw caller.Scope.Contains(other.Place)
            ? CadreErrors.PersonExists.With(("person_id", other.Id.ToString()))
            : CadreErrors.PersonExistsElsewhere.With();
    }

    private static WriteContext Reader(ServerCallContext context) => new(context.Caller().SubjectId, context.Method);
}
