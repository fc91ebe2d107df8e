using Dapper;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.Grid.Cases;

/// <summary>How to reach a resident about a case (联系方式).</summary>
internal sealed record Contact(string Name, string Phone);

/// <summary>Contacts in PostgreSQL: encrypted, erased after the retention period.</summary>
internal sealed class ContactStore(PersonalCipher cipher)
{
    private const string NamePurpose = "case.contact.name";
    private const string PhonePurpose = "case.contact.phone";

    public void AddOnCommit(UnitOfWork work, Guid caseId, Contact contact) => work.ExecuteOnCommit(
        "INSERT INTO case_contact (case_id, name_cipher, phone_cipher) VALUES (@caseId, @name, @phone)",
        new { caseId, name = cipher.Encrypt(contact.Name, NamePurpose), phone = cipher.Encrypt(contact.Phone, PhonePurpose) });

    /// <summary>The contacts of these cases that have one.</summary>
    public async Task<Dictionary<Guid, Contact>> FindAsync(NpgsqlConnection connection, IEnumerable<Guid> caseIds, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<(Guid CaseId, byte[] Name, byte[] Phone)>(new CommandDefinition(
            "SELECT case_id, name_cipher, phone_cipher FROM case_contact WHERE case_id = ANY(@ids)",
            new { ids = caseIds.ToArray() },
            cancellationToken: cancellationToken)))
        .ToDictionary(
            row => row.CaseId,
            row => new Contact(cipher.Decrypt(row.Name, NamePurpose), cipher.Decrypt(row.Phone, PhonePurpose)));
}
