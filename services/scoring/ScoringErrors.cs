using Jiceng.Domain;

namespace Jiceng.Scoring;

/// <summary>The reasons for which scoring rejects calls; docs/errors.md lists them.</summary>
internal static class ScoringErrors
{
    public static readonly ErrorReason SubjectNotFound = NotFound(
        "SUBJECT_NOT_FOUND",
        "There is no person, organisation or grid node '{subject_id}' at {place_code}.",
        "{place_code} 没有编号为 {subject_id} 的人员、党组织或网格。");

    public static readonly ErrorReason SchemeNotFound = NotFound(
        "SCHEME_NOT_FOUND", "There is no version {version} of scheme {scheme_id}.", "积分办法 {scheme_id}（第 {version} 版）不存在。");

    public static readonly ErrorReason SchemeInvalid = new(
        "scoring.jiceng", "SCHEME_INVALID", ErrorKind.Invalid,
        "The scheme has {count} faults; the first is at {field}: {fault}",
        "积分办法有 {count} 处错误，首处在 {field}：{fault_zh}");

    public static readonly ErrorReason SchemePublished = Precondition(
        "SCHEME_PUBLISHED",
        "Version {version} of the scheme is published and cannot be changed. Draft the next version with CreateSchemeVersion.",
        "积分办法第 {version} 版已发布，不可修改，请起草新版本。");

    public static readonly ErrorReason SchemeNotPublished = Precondition(
        "SCHEME_NOT_PUBLISHED", "The scheme has no published version yet. Edit its draft.", "积分办法尚未发布，请直接修改草案。");

    public static readonly ErrorReason SchemeDraftExists = Precondition(
        "SCHEME_DRAFT_EXISTS", "The scheme already has a draft, version {version}. Edit that draft.", "积分办法已有第 {version} 版草案，请直接修改该草案。");

    public static readonly ErrorReason SchemeNotInForce = Precondition(
        "SCHEME_NOT_IN_FORCE", "No version of the scheme is in force in {period}.", "{period} 没有有效的积分办法版本。");

    public static readonly ErrorReason EffectiveDateTooEarly = Precondition(
        "EFFECTIVE_DATE_TOO_EARLY",
        "Version {version} can take effect on {earliest} at the earliest: points already given do not change.",
        "第 {version} 版的生效日期不得早于 {earliest}，已计积分不受新版本影响。");

    public static readonly ErrorReason ItemNotFound = NotFound(
        "ITEM_NOT_FOUND", "There is no item {item_id}.", "交办事项 {item_id} 不存在。");

    public static readonly ErrorReason ItemState = Precondition(
        "ITEM_STATE",
        "The item is {state}; to {verb}, it must be {allowed}.",
        "事项当前状态为 {state}，状态为 {allowed} 时方可执行 {verb}。");

    public static readonly ErrorReason ItemNotDue = Precondition(
        "ITEM_NOT_DUE",
        "The item was not handed in and its deadline {due_time} has not passed, so it cannot be verified as not done yet.",
        "事项尚未提交，且完成时限（{due_time}）未到，不能认定为未完成。");

    public static readonly ErrorReason ItemNotOwn = Denied(
        "ITEM_NOT_OWN", "Only the person to whom the item is assigned can hand it in.", "该事项须由承办人本人提交。");

    public static readonly ErrorReason ItemOwnVerifier = Denied(
        "ITEM_OWN_VERIFIER", "An item cannot be verified by the person who handed it in or to whom it is assigned.", "提交人和承办人不能核验该事项。");

    public static readonly ErrorReason EntryNotFound = NotFound(
        "ENTRY_NOT_FOUND", "There is no entry {entry_id}.", "积分条目 {entry_id} 不存在。");

    public static readonly ErrorReason EntryCorrected = Precondition(
        "ENTRY_CORRECTED", "The entry has already been reversed by entry {entry_id}.", "该条目已由条目 {entry_id} 冲正。");

    public static readonly ErrorReason EntryIsCorrection = Precondition(
        "ENTRY_IS_CORRECTION", "A correction cannot be reversed.", "冲正条目不能再冲正。");

    public static readonly ErrorReason EntryOwnCorrection = Denied(
        "ENTRY_OWN_CORRECTION", "You cannot correct your own points.", "不能冲正本人的积分。");

    private static ErrorReason NotFound(string reason, string english, string chinese) => new("scoring.jiceng", reason, ErrorKind.NotFound, english, chinese);

    private static ErrorReason Denied(string reason, string english, string chinese) => new("scoring.jiceng", reason, ErrorKind.Denied, english, chinese);

    private static ErrorReason Precondition(string reason, string english, string chinese) =>
        new("scoring.jiceng", reason, ErrorKind.Precondition, english, chinese);
}
