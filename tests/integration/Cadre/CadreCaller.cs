using System.Globalization;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Jiceng.Cadre.V1;
using Jiceng.Domain;
using ResidentId = Jiceng.Cadre.Persons.Domain.ResidentId;

namespace Jiceng.IntegrationTests.Cadre;

/// <summary>A caller with a token, and what tests mostly ask of it.</summary>
internal sealed class CadreCaller
{
    private static int _serial;

    public CadreCaller(GrpcChannel channel, string token, string subject)
    {
        Subject = subject;
        var invoker = channel.Intercept(headers =>
        {
            headers.Add("authorization", $"Bearer {token}");
            return headers;
        });
        Organizations = new OrganizationService.OrganizationServiceClient(invoker);
        Persons = new PersonService.PersonServiceClient(invoker);
        Appointments = new AppointmentService.AppointmentServiceClient(invoker);
        Commendations = new CommendationService.CommendationServiceClient(invoker);
        Liaisons = new LiaisonService.LiaisonServiceClient(invoker);
    }

    public string Subject { get; }

    public OrganizationService.OrganizationServiceClient Organizations { get; }

    public PersonService.PersonServiceClient Persons { get; }

    public AppointmentService.AppointmentServiceClient Appointments { get; }

    public CommendationService.CommendationServiceClient Commendations { get; }

    public LiaisonService.LiaisonServiceClient Liaisons { get; }

    public static string Today { get; } = DaysFromToday(0);

    public static string DaysFromToday(int days) =>
        ChinaTime.Day(TimeProvider.System.GetUtcNow()).AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    /// <summary>A man's resident id that no other test uses.</summary>
    public static string NewResidentId(string birth = "19800131")
    {
        var body = $"140224{birth}{(Interlocked.Increment(ref _serial) * 2 % 1000) + 1:D3}";
        return body + ResidentId.CheckDigit(body);
    }

    public async Task<Organization> CreateAsync(OrganizationKind kind, string place, Organization? parent = null) =>
        await Organizations.CreateOrganizationAsync(new CreateOrganizationRequest
        {
            Organization = new Organization { Name = $"{place}党组织", Kind = kind, PlaceCode = place, ParentId = parent?.OrganizationId ?? "" },
            RequestId = NewId(),
        });

    public async Task<Person> CreatePersonAsync(Organization organization, Action<CreatePersonRequest>? change = null)
    {
        var request = NewPerson(organization);
        change?.Invoke(request);
        return await Persons.CreatePersonAsync(request);
    }

    public static CreatePersonRequest NewPerson(Organization organization) => new()
    {
        Person = new Person { DisplayName = "张三", OrganizationId = organization.OrganizationId, Sex = Sex.Male, Education = Education.College },
        PersonalFields = new PersonalFields { BirthDate = "1980-01-31" },
        RequestId = NewId(),
    };

    public async Task<Appointment> AppointAsync(
        Person person, Organization organization, Position position, string start = "", string end = "", bool replace = false) =>
        await Appointments.AppointPersonAsync(new AppointPersonRequest
        {
            PersonId = person.PersonId,
            OrganizationId = organization.OrganizationId,
            Position = position,
            Source = AppointmentSource.Election,
            StartDate = start,
            EndDate = end,
            EndReason = end.Length == 0 ? EndReason.Unspecified : EndReason.TermOver,
            ReplaceHolder = replace,
            RequestId = NewId(),
        });

    public async Task<Appointment> EndAsync(Appointment appointment, string end = "") =>
        await Appointments.EndAppointmentAsync(new EndAppointmentRequest
        {
            AppointmentId = appointment.AppointmentId,
            EndDate = end,
            EndReason = EndReason.Resigned,
            RequestId = NewId(),
        });
}
