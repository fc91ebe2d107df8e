using System.Collections.Concurrent;
using Jiceng.Cadre.V1;
using Jiceng.Cli.Clients;

namespace Jiceng.Cli.Demo;

/// <summary>
/// Organisations, persons and appointments of a place: what is recorded already is used, what is missing is recorded. So a demonstration
/// can be run again, also after it was interrupted.
/// </summary>
internal sealed class CadreRecords(Gateway gateway, Calls caller, string place, CancellationToken cancellationToken)
{
    private const int PageSize = 1000;

    private readonly ConcurrentDictionary<(string Place, OrganizationKind Kind), string> _organizations = [];
    private readonly ConcurrentDictionary<(string Organization, string Name), string> _persons = [];
    private readonly ConcurrentDictionary<(string Organization, Position Position), string> _holders = [];

    public async Task<CadreRecords> LoadAsync()
    {
        var page = "";
        do
        {
            var answer = await gateway.Organizations.ListOrganizationsAsync(new ListOrganizationsRequest { PlaceCode = place, PageSize = PageSize, PageToken = page }, Options());
            foreach (var one in answer.Organizations) _organizations[(one.PlaceCode, one.Kind)] = one.OrganizationId;
            page = answer.NextPageToken;
        }
        while (page.Length > 0);

        do
        {
            var answer = await gateway.Persons.ListPersonsAsync(new ListPersonsRequest { PlaceCode = place, PageSize = PageSize, PageToken = page }, Options());
            foreach (var one in answer.Persons) _persons[(one.OrganizationId, one.DisplayName)] = one.PersonId;
            page = answer.NextPageToken;
        }
        while (page.Length > 0);

        do
        {
            var answer = await gateway.Appointments.ListAppointmentsAsync(new ListAppointmentsRequest { PlaceCode = place, PageSize = PageSize, PageToken = page }, Options());
            foreach (var one in answer.Appointments) _holders[(one.OrganizationId, one.Position)] = one.PersonId;
            page = answer.NextPageToken;
        }
        while (page.Length > 0);
        return this;
    }

    public async Task<string> OrganizationAsync(string name, OrganizationKind kind, string placeCode, string parentId)
    {
        if (_organizations.TryGetValue((placeCode, kind), out var known)) return known;
        var made = await gateway.Organizations.CreateOrganizationAsync(new CreateOrganizationRequest
        {
            Organization = new Organization { Name = name, Kind = kind, PlaceCode = placeCode, ParentId = parentId },
            RequestId = gateway.RequestId(),
        }, Options());
        return _organizations[(placeCode, kind)] = made.OrganizationId;
    }

    /// <summary>The made-up person with this number in an organisation.</summary>
    public async Task<string> PersonAsync(int number, string organizationId, params PersonCategory[] categories)
    {
        if (_persons.TryGetValue((organizationId, SamplePeople.Name(number)), out var known)) return known;
        var request = SamplePeople.Make(number, place[..6], organizationId, categories);
        request.RequestId = gateway.RequestId();
        var made = await gateway.Persons.CreatePersonAsync(request, Options());
        return _persons[(organizationId, made.DisplayName)] = made.PersonId;
    }

    /// <summary>The holder of a post; when it is vacant, the made-up person with this number is recorded and appointed.</summary>
    public async Task<string> HolderAsync(string organizationId, Position position, int number, params PersonCategory[] categories)
    {
        if (_holders.TryGetValue((organizationId, position), out var known)) return known;
        var person = await PersonAsync(number, organizationId, categories);
        await gateway.Appointments.AppointPersonAsync(new AppointPersonRequest
        {
            PersonId = person,
            OrganizationId = organizationId,
            Position = position,
            Source = AppointmentSource.Election,
            RequestId = gateway.RequestId(),
        }, Options());
        return _holders[(organizationId, position)] = person;
    }

    private Grpc.Core.CallOptions Options() => caller.Options(cancellationToken);
}
