using Jiceng.Cadre.Appointments;
using Jiceng.Cadre.Liaisons;
using Jiceng.Cadre.Organizations;
using Jiceng.Cadre.Persons;
using Jiceng.Cadre.Records;
using Jiceng.Cadre.Teams;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Webhooks;

namespace Jiceng.Cadre;

internal static class CadreModule
{
    public static void AddCadre(this WebApplicationBuilder builder)
    {
        builder.Services.AddPersistence(builder.Configuration, "cadre", typeof(CadreModule).Assembly);
        builder.Services.AddPersonalCipher(builder.Configuration);
        builder.Services.AddMessaging(builder.Configuration, "cadre");
        builder.Services.AddWebhooks(builder.Configuration);
        builder.Services.AddRpc();
        builder.Services
            .AddOrganizations()
            .AddPersons()
            .AddAppointments()
            .AddRecords()
            .AddLiaisons()
            .AddSingleton<TeamHandler>();
    }

    public static void MapCadre(this WebApplication app)
    {
        app.MapGrpcService<OrganizationService>();
        app.MapGrpcService<PersonService>();
        app.MapGrpcService<AppointmentService>();
        app.MapGrpcService<CommendationService>();
        app.MapGrpcService<LiaisonService>();
        app.MapMessaging();
        app.MapWebhooks();
    }
}
