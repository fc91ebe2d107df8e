using Jiceng.Rpc;

namespace Jiceng.Cadre.Appointments;

internal static class AppointmentRegistration
{
    public static IServiceCollection AddAppointments(this IServiceCollection services) =>
        services.AddResource("appointment", AppointmentStore.ResourceSql);
}
