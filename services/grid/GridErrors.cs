using Jiceng.Domain;

namespace Jiceng.Grid;

/// <summary>The reasons for which grid refuses calls; docs/errors.md lists them.</summary>
internal static class GridErrors
{
    public static readonly ErrorReason NodeNotFound = New(
        "NODE_NOT_FOUND", ErrorKind.NotFound, "There is no grid node {code}.", "没有编码为 {code} 的网格。");

    public static readonly ErrorReason NodeNameInvalid = New(
        "NODE_NAME_INVALID", ErrorKind.Invalid,
        "A node's name has 1 to 100 characters; this one has {length}.", "网格名称应为 1 至 100 个字符，当前为 {length} 个。");

    public static readonly ErrorReason NodeLevelInvalid = New(
        "NODE_LEVEL_INVALID", ErrorKind.Invalid,
        "{code} has {digits} digits; a grid node has 6 (county), 9 (township), 12 (village) or 15 (micro-grid).",
        "{code} 为 {digits} 位；网格编码应为 6 位（县）、9 位（乡镇）、12 位（村）或 15 位（微网格）。");

    public static readonly ErrorReason NodeParentMissing = New(
        "NODE_PARENT_MISSING", ErrorKind.Precondition,
        "The parent {parent} of {code} neither exists nor comes in this import.", "{code} 的上级网格 {parent} 不存在，也不在本次导入中。");

    public static readonly ErrorReason NodeTwice = New(
        "NODE_TWICE", ErrorKind.AlreadyExists,
        "The code {code} came before, in line {first_line}.", "编码 {code} 重复，第 {first_line} 行已出现。");

    public static readonly ErrorReason ImportOptionsFirst = New(
        "IMPORT_OPTIONS_FIRST", ErrorKind.Invalid,
        "The first message of an import holds the options, and no other does.", "导入的第一条消息必须是选项，且只能有一条。");

    public static readonly ErrorReason ImportTooLarge = New(
        "IMPORT_TOO_LARGE", ErrorKind.Invalid,
        "An import holds at most {limit} rows. Import a county at a time.", "单次导入最多 {limit} 行，请按县分批导入。");

    public static readonly ErrorReason DutyRoleUnknown = New(
        "DUTY_ROLE_UNKNOWN", ErrorKind.Invalid,
        "The catalogue has no duty role {role}; it has {known}.", "目录中没有岗位角色 {role}，可选：{known}。");

    public static readonly ErrorReason DutyExists = New(
        "DUTY_EXISTS", ErrorKind.AlreadyExists,
        "The person is on duty in {code} as {role} already.", "该人员已在网格 {code} 担任 {role}。");

    public static readonly ErrorReason DutyEnded = New(
        "DUTY_ENDED", ErrorKind.Precondition, "The duty ended on {end_date}.", "该岗位已于 {end_date} 结束。");

    public static readonly ErrorReason HeadFollowsAppointment = New(
        "HEAD_FOLLOWS_APPOINTMENT", ErrorKind.Precondition,
        "The head of {code} is the secretary of the organisation seated there (appointment {appointment_id}). Change the appointment; the head follows.",
        "网格 {code} 的网格长由驻地党组织书记担任（任职 {appointment_id}），请调整任职，网格长将自动变更。");

    public static readonly ErrorReason CategoryUnknown = New(
        "CATEGORY_UNKNOWN", ErrorKind.Invalid,
        "The catalogue has no minor category {category}. ListCategories tells those that it has.", "分类目录中没有小类 {category}，请查询分类目录。");

    public static readonly ErrorReason CaseMoveForbidden = New(
        "CASE_MOVE_FORBIDDEN", ErrorKind.Precondition,
        "{verb} is not possible in state {state}; possible are: {allowed}.", "事件当前状态为 {state}，不能执行 {verb}；可执行：{allowed}。");

    public static readonly ErrorReason CaseAtTop = New(
        "CASE_AT_TOP", ErrorKind.Precondition,
        "{owner} is the topmost node; there is none above to hand the case to.", "{owner} 已是最上级网格，无法继续上报。");

    public static readonly ErrorReason NotTheHandler = New(
        "NOT_THE_HANDLER", ErrorKind.Denied,
        "The case was not given to you.", "该事件未派遣给您。");

    public static readonly ErrorReason PartFinished = New(
        "PART_FINISHED", ErrorKind.Precondition,
        "Your part of the case is finished already.", "您负责的部分已办结。");

    public static readonly ErrorReason PartNotStarted = New(
        "PART_NOT_STARTED", ErrorKind.Precondition,
        "Your part of the case was not started; start it first.", "您负责的部分尚未开始，请先开始处理。");

    public static readonly ErrorReason PartStarted = New(
        "PART_STARTED", ErrorKind.Precondition,
        "Your part of the case was started already.", "您负责的部分已开始处理。");

    public static readonly ErrorReason HandlerTwice = New(
        "HANDLER_TWICE", ErrorKind.Invalid,
        "The handler {handler_id} is named twice; name every handler once.", "处理人 {handler_id} 重复，每个处理人只能出现一次。");

    public static readonly ErrorReason VerifierIsHandler = New(
        "VERIFIER_IS_HANDLER", ErrorKind.Precondition,
        "Who handled a case cannot verify it; somebody else has to.", "处理人不能核查自己处理的事件，请由他人核查。");

    public static readonly ErrorReason RaterIsHandler = New(
        "RATER_IS_HANDLER", ErrorKind.Precondition,
        "Who handled a case cannot record its rating; somebody else has to.", "处理人不能登记自己处理事件的评价，请由他人登记。");

    public static readonly ErrorReason CaseRated = New(
        "CASE_RATED", ErrorKind.Precondition, "The case was rated already.", "该事件已评价。");

    public static readonly ErrorReason ReopenWindowPassed = New(
        "REOPEN_WINDOW_PASSED", ErrorKind.Precondition,
        "The case could be opened again until {until}. Report a new one.", "该事件可重新办理的期限已于 {until} 结束，请另行上报。");

    public static readonly ErrorReason PeriodInvalid = New(
        "PERIOD_INVALID", ErrorKind.Invalid,
        "The period from {start_date} to {end_date} is not valid: it ends on or after its start and has at most 366 days.",
        "统计期间 {start_date} 至 {end_date} 无效：结束日期不得早于开始日期，且不超过 366 天。");

    private static ErrorReason New(string reason, ErrorKind kind, string english, string chinese) =>
        new("grid.jiceng", reason, kind, english, chinese);
}
