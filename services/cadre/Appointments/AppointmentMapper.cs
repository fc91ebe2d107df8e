using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Appointments;

internal static class AppointmentMapper
{
    public static V1.Appointment ToMessage(this Appointment appointment) => new()
    {
        AppointmentId = appointment.Id.ToString(),
        PersonId = appointment.PersonId.ToString(),
        PersonName = appointment.PersonName,
        OrganizationId = appointment.OrganizationId.ToString(),
        PlaceCode = appointment.Place.Value,
        Position = (V1.Position)appointment.Position,
        Source = (V1.AppointmentSource)appointment.Source,
        StartDate = Days.Text(appointment.StartDate),
        EndDate = Days.Text(appointment.EndDate),
        EndReason = (V1.EndReason)appointment.EndReason,
        EndRemark = appointment.EndRemark,
        HeadsPlace = appointment.HeadsPlace,
        CreateTime = appointment.CreateTime.ToTimestamp(),
        UpdateTime = appointment.UpdateTime.ToTimestamp(),
        Etag = Etag.Of(appointment.Version),
    };

    public static AppointmentChanged ToEvent(this Appointment appointment) => new()
    {
        AppointmentId = appointment.Id.ToString(),
        PersonId = appointment.PersonId.ToString(),
        OrganizationId = appointment.OrganizationId.ToString(),
        OrganizationKind = EnumNames.Of(appointment.OrganizationKind),
        PlaceCode = appointment.Place.Value,
        Position = EnumNames.Of(appointment.Position),
        HeadsPlace = appointment.HeadsPlace,
        StartDate = Days.Text(appointment.StartDate),
        EndDate = Days.Text(appointment.EndDate),
        Sequence = appointment.Version,
    };
}
