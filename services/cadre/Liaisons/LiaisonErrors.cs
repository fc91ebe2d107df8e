using Jiceng.Domain;

namespace Jiceng.Cadre.Liaisons;

/// <summary>The reasons for which liaisons are rejected, with domain <c>cadre.jiceng</c>.</summary>
internal static class LiaisonErrors
{
    public static readonly ErrorReason PlaceNotVillage = new(
        "cadre.jiceng", "PLACE_NOT_VILLAGE", ErrorKind.Invalid,
        "The place {place_code} is not a village: enter its code of 12 digits.", "{place_code} 不是村级编码，请填写 12 位村（社区）编码。");

    public static readonly ErrorReason HelperExists = new(
        "cadre.jiceng", "HELPER_EXISTS", ErrorKind.AlreadyExists,
        "The village {place_code} already has a helper on that day, {helper_name} (liaison {liaison_id}). End that liaison first.",
        "{place_code} 在该日已由“{helper_name}”包联（{liaison_id}），请先解除原包联关系。");

    public static readonly ErrorReason LiaisonEnded = new(
        "cadre.jiceng", "LIAISON_ENDED", ErrorKind.Precondition,
        "The liaison already ended on {end_date}.", "该包联关系已于 {end_date} 解除。");
}
