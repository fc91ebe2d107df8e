using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Events.V1;
using Jiceng.Cadre.Liaisons.Domain;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Liaisons;

internal static class LiaisonMapper
{
    private const int NameLimit = 100;

    public static Liaison ToDraft(this V1.Liaison? message, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Place = PlaceCode.Parse(message?.PlaceCode ?? "", "liaison.place_code"),
        HelperKind = Require.Value<HelperKind>(message!.HelperKind, "liaison.helper_kind"),
        HelperName = Require.Text(message.HelperName, "liaison.helper_name", NameLimit),
        StartDate = Require.OptionalDate(message.StartDate, "liaison.start_date") ?? ChinaTime.Day(now),
        UpdateTime = now,
    };

    public static V1.Liaison ToMessage(this Liaison liaison) => new()
    {
        LiaisonId = liaison.Id.ToString(),
        PlaceCode = liaison.Place.Value,
        HelperKind = (V1.HelperKind)liaison.HelperKind,
        HelperName = liaison.HelperName,
        StartDate = Days.Text(liaison.StartDate),
        EndDate = Days.Text(liaison.EndDate),
        EndReason = liaison.EndReason,
        UpdateTime = liaison.UpdateTime.ToTimestamp(),
        Etag = Etag.Of(liaison.Version),
    };

    public static LiaisonChanged ToEvent(this Liaison liaison) => new()
    {
        LiaisonId = liaison.Id.ToString(),
        PlaceCode = liaison.Place.Value,
        HelperKind = EnumNames.Of(liaison.HelperKind),
        HelperName = liaison.HelperName,
        StartDate = Days.Text(liaison.StartDate),
        EndDate = Days.Text(liaison.EndDate),
        Sequence = liaison.Version,
    };

    public static RowFault ToFault(this ApiException error, int line) =>
        new() { Line = line, Reason = error.Reason.Reason, Message = error.Message, MessageZh = error.Chinese };
}
