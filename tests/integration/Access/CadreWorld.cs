using Grpc.Core;
using Jiceng.Cadre;
using Jiceng.Cadre.V1;
using Jiceng.IntegrationTests.Cadre;
using Xunit;

namespace Jiceng.IntegrationTests.Access;

/// <summary>Cadre with a committee, a branch, its secretary a commendation and a helper of the village in each of two townships.</summary>
internal static class CadreWorld
{
    public static async Task<AccessWorld> StartAsync()
    {
        var run = await ServiceRun.StartAsync("cadre", builder => builder.AddCadre(), app => app.MapCadre(), TestContext.Current.CancellationToken);
        var organizer = run.As(AccessWorld.NewId(), "county_organizer", AccessWorld.County);
        var county = await OrganizationAsync(run, organizer, OrganizationKind.CountyCommittee, AccessWorld.County, "");
        return new AccessWorld(
            run, "jiceng.cadre.v1", await SeedAsync(run, organizer, county, "140224205", "13800000205"), await SeedAsync(run, organizer, county, "140224206", "13800000206"));
    }

    private static async Task<Seed> SeedAsync(ServiceRun run, Metadata organizer, string county, string township, string phone)
    {
        var village = $"{township}201";
        var committee = await OrganizationAsync(run, organizer, OrganizationKind.TownshipCommittee, township, county);
        var branch = await OrganizationAsync(run, organizer, OrganizationKind.VillageBranch, village, committee);
        var person = await new PersonService.PersonServiceClient(run.Channel).CreatePersonAsync(
            new CreatePersonRequest
            {
                Person = new Person { DisplayName = $"书记{township}", OrganizationId = branch, Sex = Sex.Female, Education = Education.Bachelor },
                PersonalFields = new PersonalFields { BirthDate = "1985-05-05", Phone = phone },
            },
            organizer);
        var appointment = await new AppointmentService.AppointmentServiceClient(run.Channel).AppointPersonAsync(
            new AppointPersonRequest
            {
                PersonId = person.PersonId,
                OrganizationId = branch,
                Position = Position.Secretary,
                Source = AppointmentSource.Election,
            },
            organizer);
        var record = await new CommendationService.CommendationServiceClient(run.Channel).RecordCommendationAsync(
            new RecordCommendationRequest
            {
                SubjectId = person.PersonId,
                Level = RecordLevel.County,
                Title = $"表彰{township}",
                DocumentNumber = $"灵组〔2026〕{township}号",
                DocumentDate = CadreCaller.Today,
                Topic = "party_building",
            },
            organizer);
        var liaison = await new LiaisonService.LiaisonServiceClient(run.Channel).AssignLiaisonAsync(
            new AssignLiaisonRequest { Liaison = new Liaison { PlaceCode = village, HelperKind = HelperKind.Firm, HelperName = $"企业{township}" } },
            organizer);
        return new Seed(
            township,
            village,
            new Dictionary<string, string>
            {
                ["organization"] = branch,
                ["person"] = person.PersonId,
                ["appointment"] = appointment.AppointmentId,
                ["record"] = record.RecordId,
                ["liaison"] = liaison.LiaisonId,
                ["subject"] = person.PersonId,
            },
            new Dictionary<string, string>
            {
                ["organization_id"] = branch,
                ["parent_id"] = committee,
                ["person_id"] = person.PersonId,
                ["subject_id"] = person.PersonId,
                ["name_part"] = person.DisplayName,
                ["SearchPersons.phone"] = phone,
            },
            person.PersonId,
            [township, committee, branch, person.PersonId, person.DisplayName, appointment.AppointmentId, record.RecordId, liaison.LiaisonId, liaison.HelperName]);
    }

    private static async Task<string> OrganizationAsync(ServiceRun run, Metadata organizer, OrganizationKind kind, string place, string parent)
    {
        var made = await new OrganizationService.OrganizationServiceClient(run.Channel).CreateOrganizationAsync(
            new CreateOrganizationRequest { Organization = new Organization { Name = $"党组织{place}", Kind = kind, PlaceCode = place, ParentId = parent } },
            organizer);
        return made.OrganizationId;
    }
}
