using System.Collections.Immutable;
using Dapper;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Npgsql;

namespace Jiceng.Cadre.Persons;

/// <summary>
/// Persons in PostgreSQL. Resident id and phone leave this class unmasked only through <see cref="FindPersonalFieldsAsync"/>.
/// </summary>
internal sealed class PersonStore(PersonalCipher cipher)
{
    private const string ResidentIdPurpose = "person.resident_id";
    private const string PhonePurpose = "person.phone";
    private const int MostOfOnePhone = 100;

    /// <summary>A person belongs to the place of the organisation that keeps the relation.</summary>
    public const string ResourceSql =
        """
        SELECT o.place_code, ARRAY[p.person_id::text] AS owner_ids
        FROM person p JOIN organization o USING (organization_id) WHERE p.person_id = @id
        """;

    private const string Columns =
        """
        person_id, name, organization_id, sex, birth_date, education, party_join_date, categories,
        resident_id_cipher, resident_id_hash, resident_id_masked, phone_cipher, phone_hash, phone_masked,
        effective_date, create_time, update_time, updated_by, version
        """;

    // Without cipher and hash, which no answer needs.
    private const string Masked =
        """
        p.person_id, p.name, p.organization_id, o.place_code, p.sex, p.birth_date, p.education, p.party_join_date, p.categories,
        p.resident_id_masked, p.phone_masked, p.effective_date, p.create_time, p.update_time, p.updated_by, p.version
        """;

    private const string From = "FROM person p JOIN organization o USING (organization_id)";
    private const string FromHistory = "FROM person_history p JOIN organization o USING (organization_id)";

    public static async Task<Person?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        (await connection.RowOrNoneAsync<Row>($"SELECT {Masked} {From} WHERE p.person_id = @id", new { id }, cancellationToken))?.ToPerson();

    public static async Task<Person?> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        (await work.Connection.RowOrNoneAsync<Row>(
            $"SELECT {Masked} {From} WHERE p.person_id = @id FOR NO KEY UPDATE OF p", new { id }, cancellationToken))?.ToPerson();

    public static async Task<Person?> FindOnAsync(NpgsqlConnection connection, Guid id, DateOnly day, CancellationToken cancellationToken) =>
        (await connection.RowOrNoneAsync<Row>(
            $"""
            SELECT {Masked} {FromHistory} WHERE p.person_id = @id
            ORDER BY p.effective_date > @day, CASE WHEN p.effective_date > @day THEN p.version ELSE -p.version END LIMIT 1
            """,
            new { id, day }, cancellationToken))?.ToPerson();

    public static async Task<List<Person>> ListAsync(
        NpgsqlConnection connection,
        ImmutableArray<PlaceCode> within,
        Guid? organizationId,
        PersonCategory? category,
        string namePart,
        PlacePage page,
        CancellationToken cancellationToken) =>
        ToPersons(await connection.RowsAsync<Row>(
            $"""
            SELECT {Masked}
            FROM unnest(@lows, @highs) AS scope (low, high)
            JOIN organization o ON o.place_code >= scope.low AND o.place_code < scope.high
            JOIN person p USING (organization_id)
            WHERE (@organizationId IS NULL OR p.organization_id = @organizationId)
              AND (@category = '' OR @category = ANY (p.categories))
              AND (@namePart = '' OR strpos(p.name, @namePart) > 0)
              AND (o.place_code, p.person_id) > (@AfterPlace, @AfterId)
            ORDER BY o.place_code, p.person_id
            LIMIT @Limit
            """,
            new
            {
                lows = within.Lows(),
                highs = within.Highs(),
                organizationId,
                category = category is { } wanted ? EnumNames.Of(wanted) : "",
                namePart,
                page.AfterPlace,
                page.AfterId,
                page.Limit,
            }, cancellationToken));

    /// <summary>The states with a version below the given one, newest first.</summary>
    public static async Task<List<Person>> ListHistoryAsync(
        NpgsqlConnection connection, Guid id, long before, int size, CancellationToken cancellationToken) =>
        ToPersons(await connection.RowsAsync<Row>(
            $"SELECT {Masked} {FromHistory} WHERE p.person_id = @id AND p.version < @before ORDER BY p.version DESC LIMIT @size",
            new { id, before, size }, cancellationToken));

    public async Task<Person?> FindResidentAsync(UnitOfWork work, string residentId, CancellationToken cancellationToken)
    {
        var hash = cipher.SearchHash(residentId, ResidentIdPurpose);
        await work.LockAsync([$"{ResidentIdPurpose}:{Convert.ToHexStringLower(hash)}"], cancellationToken);
        return (await work.Connection.RowOrNoneAsync<Row>($"SELECT {Masked} {From} WHERE p.resident_id_hash = @hash", new { hash }, cancellationToken))
            ?.ToPerson();
    }

    public async Task<List<Person>> SearchAsync(
        NpgsqlConnection connection, ImmutableArray<PlaceCode> within, string? residentId, string? phone, CancellationToken cancellationToken)
    {
        var (column, hash) = residentId is not null
            ? ("resident_id_hash", cipher.SearchHash(residentId, ResidentIdPurpose))
            : ("phone_hash", cipher.SearchHash(phone!, PhonePurpose));
        return ToPersons(await connection.RowsAsync<Row>(
            $"""
            SELECT {Masked} {From}
            WHERE p.{column} = @hash
              AND EXISTS (
                SELECT FROM unnest(@lows, @highs) AS scope (low, high) WHERE o.place_code >= scope.low AND o.place_code < scope.high
              )
            ORDER BY p.person_id
            LIMIT @limit
            """,
            new { hash, lows = within.Lows(), highs = within.Highs(), limit = MostOfOnePhone }, cancellationToken));
    }

    public async Task<PersonalFields> FindPersonalFieldsAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken)
    {
        var row = await work.Connection.RowAsync<PersonalRow>(
            "SELECT resident_id_cipher, phone_cipher, birth_date FROM person WHERE person_id = @id", new { id }, cancellationToken);
        return new PersonalFields(
            row.ResidentIdCipher is null ? null : cipher.Decrypt(row.ResidentIdCipher, ResidentIdPurpose),
            row.PhoneCipher is null ? null : cipher.Decrypt(row.PhoneCipher, PhonePurpose),
            row.BirthDate);
    }

    public Task InsertAsync(UnitOfWork work, Person person, PersonalFields fields, CancellationToken cancellationToken)
    {
        var values = Parameters(person);
        AddPersonal(values, fields);
        return work.Connection.RunAsync(
            $"""
            WITH state AS (
                INSERT INTO person ({Columns})
                VALUES (@Id, @Name, @OrganizationId, @Sex, @BirthDate, @Education, @PartyJoinDate, @Categories,
                    @ResidentIdCipher, @ResidentIdHash, @MaskedResidentId, @PhoneCipher, @PhoneHash, @MaskedPhone,
                    @EffectiveDate, @CreateTime, @UpdateTime, @UpdatedBy, @Version)
                RETURNING *
            )
            INSERT INTO person_history ({Columns}) SELECT {Columns} FROM state
            """,
            values, cancellationToken);
    }

    /// <summary>Writes a new state.</summary>
    /// <param name="fields">The personal fields where they changed; null keeps them.</param>
    public Task UpdateAsync(UnitOfWork work, Person person, PersonalFields? fields, CancellationToken cancellationToken)
    {
        var values = Parameters(person);
        if (fields is not null)
            AddPersonal(values, fields);
        var personal = fields is null
            ? ""
            : """
              resident_id_cipher = @ResidentIdCipher, resident_id_hash = @ResidentIdHash,
              phone_cipher = @PhoneCipher, phone_hash = @PhoneHash,
              """;
        return work.Connection.RunAsync(
            $"""
            WITH state AS (
                UPDATE person
                SET name = @Name, organization_id = @OrganizationId, sex = @Sex, birth_date = @BirthDate, education = @Education,
                    party_join_date = @PartyJoinDate, categories = @Categories, {personal}
                    resident_id_masked = @MaskedResidentId, phone_masked = @MaskedPhone, effective_date = @EffectiveDate,
                    update_time = @UpdateTime, updated_by = @UpdatedBy, version = @Version
                WHERE person_id = @Id
                RETURNING *
            )
            INSERT INTO person_history ({Columns}) SELECT {Columns} FROM state
            """,
            values, cancellationToken);
    }

    private static List<Person> ToPersons(IEnumerable<Row> rows) => [.. rows.Select(row => row.ToPerson())];

    private static DynamicParameters Parameters(Person person) => new(new
    {
        person.Id,
        person.Name,
        person.OrganizationId,
        Sex = EnumNames.Of(person.Sex),
        person.BirthDate,
        Education = EnumNames.Of(person.Education),
        person.PartyJoinDate,
        Categories = person.Categories.Select(EnumNames.Of).ToArray(),
        person.MaskedResidentId,
        person.MaskedPhone,
        person.EffectiveDate,
        person.CreateTime,
        person.UpdateTime,
        person.UpdatedBy,
        person.Version,
    });

    private void AddPersonal(DynamicParameters values, PersonalFields fields)
    {
        Add("ResidentId", fields.ResidentId, ResidentIdPurpose);
        Add("Phone", fields.Phone, PhonePurpose);

        void Add(string name, string? plain, string purpose)
        {
            values.Add($"{name}Cipher", plain is null ? null : cipher.Encrypt(plain, purpose), System.Data.DbType.Binary);
            values.Add($"{name}Hash", plain is null ? null : cipher.SearchHash(plain, purpose), System.Data.DbType.Binary);
        }
    }

    private sealed record PersonalRow
    {
        public byte[]? ResidentIdCipher { get; init; }

        public byte[]? PhoneCipher { get; init; }

        public DateOnly BirthDate { get; init; }
    }

    private sealed record Row
    {
        public Guid PersonId { get; init; }

        public string Name { get; init; } = "";

        public Guid OrganizationId { get; init; }

        public PlaceCode PlaceCode { get; init; }

        public string Sex { get; init; } = "";

        public DateOnly BirthDate { get; init; }

        public string Education { get; init; } = "";

        public DateOnly? PartyJoinDate { get; init; }

        public string[] Categories { get; init; } = [];

        public string ResidentIdMasked { get; init; } = "";

        public string PhoneMasked { get; init; } = "";

        public DateOnly EffectiveDate { get; init; }

        public DateTimeOffset CreateTime { get; init; }

        public DateTimeOffset UpdateTime { get; init; }

        public string UpdatedBy { get; init; } = "";

        public long Version { get; init; }

        public Person ToPerson() => new()
        {
            Id = PersonId,
            Name = Name,
            OrganizationId = OrganizationId,
            Place = PlaceCode,
            Sex = EnumNames.Parse<Sex>(Sex),
            BirthDate = BirthDate,
            Education = EnumNames.Parse<Education>(Education),
            PartyJoinDate = PartyJoinDate,
            Categories = [.. Categories.Select(EnumNames.Parse<PersonCategory>)],
            MaskedResidentId = ResidentIdMasked,
            MaskedPhone = PhoneMasked,
            EffectiveDate = EffectiveDate,
            CreateTime = CreateTime,
            UpdateTime = UpdateTime,
            UpdatedBy = UpdatedBy,
            Version = Version,
        };
    }
}
