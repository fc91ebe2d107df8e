using Jiceng.Domain;

namespace Jiceng.Grid;

/// <summary>The reasons for which grid rejects calls; docs/errors.md lists them.</summary>
internal static class GridErrors
{
    public static readonly ErrorReason NodeNotFound = New(
        "NODE_NOT_FOUND", ErrorKind.NotFound, "There is no grid node {code}.", "没有编码为 {code} 的网格。");

    public static readonly ErrorReason NodeNameInvalid = New(
        "NODE_NAME_INVALID", ErrorKind.Invalid,
        "The name of a node must have 1 to 100 characters; this one has {length}.", "网格名称应为 1 至 100 个字符，当前为 {length} 个。");

    public static readonly ErrorReason NodeLevelInvalid = New(
        "NODE_LEVEL_INVALID", ErrorKind.Invalid,
        "{code} has {digits} digits; a grid node has 6 (county), 9 (township), 12 (village) or 15 (micro-grid).",
        "{code} 为 {digits} 位；网格编码应为 6 位（县）、9 位（乡镇）、12 位（村）或 15 位（微网格）。");

    public static readonly ErrorReason NodeParentMissing = New(
        "NODE_PARENT_MISSING", ErrorKind.Precondition,
        "The parent {parent} of {code} neither exists nor is in this import.", "{code} 的上级网格 {parent} 不存在，也不在本次导入中。");

    public static readonly ErrorReason NodeTwice = New(
        "NODE_TWICE", ErrorKind.AlreadyExists,
        "The code {code} is repeated; it is already in line {first_line}.", "编码 {code} 与第 {first_line} 行重复。");

    public static readonly ErrorReason ImportOptionsFirst = New(
        "IMPORT_OPTIONS_FIRST", ErrorKind.Invalid,
        "The first message of an import, and only the first, must hold the options.", "导入的首条消息须为选项，其后不得再有选项。");

    public static readonly ErrorReason ImportTooLarge = New(
        "IMPORT_TOO_LARGE", ErrorKind.Invalid,
        "An import can have at most {limit} rows. Import one county at a time.", "单次导入最多 {limit} 行，请按县分批导入。");

    public static readonly ErrorReason DutyRoleUnknown = New(
        "DUTY_ROLE_UNKNOWN", ErrorKind.Invalid,
        "There is no duty role {role}; valid roles are {known}.", "没有在岗角色 {role}，可选：{known}。");

    public static readonly ErrorReason DutyExists = New(
        "DUTY_EXISTS", ErrorKind.AlreadyExists,
        "The person is already on duty in {code} as {role}.", "该人员已在网格 {code} 担任 {role}。");

    public static readonly ErrorReason DutyEnded = New(
        "DUTY_ENDED", ErrorKind.Precondition, "The duty has already ended on {end_date}.", "该人员已于 {end_date} 结束在岗。");

    public static readonly ErrorReason HeadFollowsAppointment = New(
        "HEAD_FOLLOWS_APPOINTMENT", ErrorKind.Precondition,
        "The head of {code} is the secretary of the organisation seated there (appointment {appointment_id}). Change the appointment; the head follows.",
        "网格 {code} 的网格长由驻地党组织书记担任（任职 {appointment_id}），请调整任职，网格长将自动变更。");

    public static readonly ErrorReason CategoryUnknown = New(
        "CATEGORY_UNKNOWN", ErrorKind.Invalid,
        "There is no minor category {category}; see ListCategories for valid values.", "没有小类 {category}，可用的小类请查询事件分类目录（ListCategories）。");

    public static readonly ErrorReason CaseMoveForbidden = New(
        "CASE_MOVE_FORBIDDEN", ErrorKind.Precondition,
        "{verb} is not allowed in state {state}; allowed operations: {allowed}.", "事件当前状态为 {state}，不能执行 {verb}；可执行：{allowed}。");

    public static readonly ErrorReason CaseAtTop = New(
        "CASE_AT_TOP", ErrorKind.Precondition,
        "The case cannot be escalated: {owner} is the topmost node.", "{owner} 已是最上级网格，无法继续上报。");

    public static readonly ErrorReason NotTheHandler = New(
        "NOT_THE_HANDLER", ErrorKind.Denied,
        "The case is not assigned to you.", "该事件未派遣给您。");

    public static readonly ErrorReason PartFinished = New(
        "PART_FINISHED", ErrorKind.Precondition,
        "You have already finished your part of the case.", "您的任务已处理完成。");

    public static readonly ErrorReason PartNotStarted = New(
        "PART_NOT_STARTED", ErrorKind.Precondition,
        "You have not started your part of the case. Start it first.", "您的任务尚未开始处理，请先开始处理。");

    public static readonly ErrorReason PartStarted = New(
        "PART_STARTED", ErrorKind.Precondition,
        "You have already started your part of the case.", "您的任务已开始处理。");

    public static readonly ErrorReason HandlerTwice = New(
        "HANDLER_TWICE", ErrorKind.Invalid,
        "The handler {handler_id} is listed twice. List each handler once.", "处理人 {handler_id} 重复，每名处理人只能填写一次。");

    public static readonly ErrorReason VerifierIsHandler = New(
        "VERIFIER_IS_HANDLER", ErrorKind.Precondition,
        "A handler of a case cannot verify it. Ask somebody else to verify it.", "处理人不能核查自己处理的事件，请由他人核查。");

    public static readonly ErrorReason RaterIsHandler = New(
        "RATER_IS_HANDLER", ErrorKind.Precondition,
        "A handler of a case cannot record its rating. Ask somebody else to record it.", "处理人不能登记自己所处理事件的满意度评价，请由他人登记。");

    public static readonly ErrorReason CaseRated = New(
        "CASE_RATED", ErrorKind.Precondition, "The case has already been rated.", "该事件已评价。");

    public static readonly ErrorReason ReopenWindowPassed = New(
        "REOPEN_WINDOW_PASSED", ErrorKind.Precondition,
        "The case could be reopened until {until}. Report a new case instead.", "该事件的重新办理期限已于 {until} 届满，请另行上报。");

    public static readonly ErrorReason PeriodInvalid = New(
        "PERIOD_INVALID", ErrorKind.Invalid,
        "The period from {start_date} to {end_date} is not valid: it must not end before its start, and can have at most 366 days.",
        "统计期 {start_date} 至 {end_date} 无效：结束日期不得早于开始日期，且最长 366 天。");

    private static ErrorReason New(string reason, ErrorKind kind, string english, string chinese) =>
        new("grid.jiceng", reason, kind, english, chinese);
}
