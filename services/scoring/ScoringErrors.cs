using Jiceng.Domain;

namespace Jiceng.Scoring;

/// <summary>Why scoring refuses.</summary>
internal static class ScoringErrors
{
    public static readonly ErrorReason SubjectNotFound = NotFound(
        "SUBJECT_NOT_FOUND",
        "No person, organisation or grid node '{subject_id}' is known at {place_code}.",
        "在 {place_code} 范围内没有编号为 {subject_id} 的人员、组织或网格。");

    public static readonly ErrorReason SchemeNotFound = NotFound(
        "SCHEME_NOT_FOUND", "There is no scheme {scheme_id} with version {version}.", "办法 {scheme_id}（第 {version} 版）不存在。");

    public static readonly ErrorReason SchemeInvalid = new(
        "scoring.jiceng", "SCHEME_INVALID", ErrorKind.Invalid,
        "The scheme has {count} faults; the first is at {field}: {fault}",
        "办法有 {count} 处错误，第一处在 {field}：{fault_zh}");

    public static readonly ErrorReason SchemePublished = Precondition(
        "SCHEME_PUBLISHED",
        "Version {version} of the scheme is published and never changes. Draft the next version with CreateSchemeVersion.",
        "办法第 {version} 版已发布，不可修改，请起草新版本。");

    public static readonly ErrorReason SchemeNotPublished = Precondition(
        "SCHEME_NOT_PUBLISHED", "The scheme has no published version yet: edit its draft.", "办法尚未发布，请直接修改草案。");

    public static readonly ErrorReason SchemeDraftExists = Precondition(
        "SCHEME_DRAFT_EXISTS", "Version {version} of the scheme is a draft already: edit that one.", "办法第 {version} 版草案已存在，请直接修改。");

    public static readonly ErrorReason SchemeNotInForce = Precondition(
        "SCHEME_NOT_IN_FORCE", "No version of the scheme is in force in {period}.", "{period} 内没有生效的办法版本。");

    public static readonly ErrorReason EffectiveDateTooEarly = Precondition(
        "EFFECTIVE_DATE_TOO_EARLY",
        "Version {version} can take effect from {earliest} on: what is scored already stays as it is.",
        "第 {version} 版的生效日期不得早于 {earliest}：已计的积分不因新办法改变。");

    public static readonly ErrorReason ItemNotFound = NotFound(
        "ITEM_NOT_FOUND", "There is no item {item_id}.", "交办事项 {item_id} 不存在。");

    public static readonly ErrorReason ItemState = Precondition(
        "ITEM_STATE",
        "The item is {state}; to {verb} it, it has to be {allowed}.",
        "事项当前状态为 {state}，该操作（{verb}）要求状态为 {allowed}。");

    public static readonly ErrorReason ItemNotDue = Precondition(
        "ITEM_NOT_DUE",
        "Nothing was handed in and the deadline {due_time} has not passed: the item cannot be found not done yet.",
        "事项尚未提交且未到完成时限（{due_time}），不能认定为未完成。");

    public static readonly ErrorReason ItemNotOwn = Denied(
        "ITEM_NOT_OWN", "The person whom the item was assigned to hands it in himself.", "该事项应由被交办人本人提交。");

    public static readonly ErrorReason ItemOwnVerifier = Denied(
        "ITEM_OWN_VERIFIER", "Who handed an item in, or was assigned it, cannot verify it.", "提交人或被交办人不能核验该事项。");

    public static readonly ErrorReason EntryNotFound = NotFound(
        "ENTRY_NOT_FOUND", "There is no entry {entry_id}.", "积分条目 {entry_id} 不存在。");

    public static readonly ErrorReason EntryCorrected = Precondition(
        "ENTRY_CORRECTED", "The entry was reversed already, by {entry_id}.", "该条目已被 {entry_id} 冲正。");

    public static readonly ErrorReason EntryIsCorrection = Precondition(
        "ENTRY_IS_CORRECTION", "A correction cannot be reversed.", "冲正条目不能再冲正。");

    public static readonly ErrorReason EntryOwnCorrection = Denied(
        "ENTRY_OWN_CORRECTION", "Nobody corrects his own points.", "不能冲正本人的积分。");

    private static ErrorReason NotFound(string reason, string english, string chinese) => new("scoring.jiceng", reason, ErrorKind.NotFound, english, chinese);

    private static ErrorReason Denied(string reason, string english, string chinese) => new("scoring.jiceng", reason, ErrorKind.Denied, english, chinese);

    private static ErrorReason Precondition(string reason, string english, string chinese) =>
        new("scoring.jiceng", reason, ErrorKind.Precondition, english, chinese);
}
