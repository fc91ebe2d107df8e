using Google.Protobuf.WellKnownTypes;
using Jiceng.Rpc;
using Jiceng.Scoring.Items.Domain;
using V1 = Jiceng.Scoring.V1;

namespace Jiceng.Scoring.Items;

internal static class ItemMapper
{
    public static V1.Item ToMessage(this Item item) => new()
    {
        ItemId = item.Id.ToString(),
        PlaceCode = item.Place.Value,
        SubjectKind = (V1.SubjectKind)item.Subject.Kind,
        SubjectId = item.Subject.Id,
        Title = item.Title,
        Division = item.Division,
        Difficulty = item.Difficulty,
        DueTime = item.DueTime.ToTimestamp(),
        State = (V1.ItemState)item.State,
        Result = (V1.ItemResult)(item.Result ?? 0),
        HandInRemark = item.HandInRemark,
        CloseRemark = item.CloseRemark,
        AssignTime = item.AssignTime.ToTimestamp(),
        HandInTime = item.HandInTime?.ToTimestamp(),
        CloseTime = item.CloseTime?.ToTimestamp(),
        AssignerId = item.AssignerId,
        HandInId = item.HandInId,
        CloserId = item.CloserId,
        Etag = Etag.Of(item.Revision),
    };
}
