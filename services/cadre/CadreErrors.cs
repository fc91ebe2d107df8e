using Jiceng.Domain;

namespace Jiceng.Cadre;

/// <summary>The reasons for which cadre rejects calls, with domain <c>cadre.jiceng</c>. None contains personal data.</summary>
internal static class CadreErrors
{
    public static readonly ErrorReason OrganizationKindLevel = Of(
        "ORGANIZATION_KIND_LEVEL", ErrorKind.Invalid,
        "An organisation of kind {kind} cannot have the territory {place_code}: it needs a place of {digits} digits.",
        "类型为 {kind} 的党组织不能设在 {place_code}，其所在地编码应为 {digits} 位。");

    public static readonly ErrorReason ParentTerritory = Of(
        "PARENT_TERRITORY", ErrorKind.Precondition,
        "The parent's territory {parent_place_code} does not contain {place_code}. Choose a parent whose place code is a prefix of {place_code}.",
        "{place_code} 不在上级党组织所在地 {parent_place_code} 之内，请选择所在地包含 {place_code} 的上级党组织。");

    public static readonly ErrorReason ParentCycle = Of(
        "PARENT_CYCLE", ErrorKind.Precondition,
        "Organisation {parent_id} cannot be the parent: it is the organisation itself or one of its subordinates.",
        "党组织 {parent_id} 是该党组织自身或其下级，不能作为上级党组织。");

    public static readonly ErrorReason SeatTaken = Of(
        "SEAT_TAKEN", ErrorKind.AlreadyExists,
        "Place {place_code} already has a seated organisation, {organization_id}. Set it as the parent, or update it instead.",
        "{place_code} 已有驻地党组织 {organization_id}，请将其设为上级党组织，或直接变更该党组织。");

    public static readonly ErrorReason OrganizationStateSame = Of(
        "ORGANIZATION_STATE_SAME", ErrorKind.Precondition,
        "The organisation is already in state {state}.", "该党组织已处于 {state} 状态。");

    public static readonly ErrorReason EffectiveDateInvalid = Of(
        "EFFECTIVE_DATE_INVALID", ErrorKind.Invalid,
        "The effective date {effective_date} is not valid: it must be between {earliest} and {latest}.",
        "生效日期 {effective_date} 无效，应在 {earliest} 至 {latest} 之间。");

    public static readonly ErrorReason ResidentIdInvalid = Of(
        "RESIDENT_ID_INVALID", ErrorKind.Invalid,
        "Field {field} is not a valid resident id (GB 11643): its {problem} is wrong (length, characters, region, birth_date or check_digit).",
        "字段 {field} 不是有效的公民身份号码（GB 11643），有误之处：{problem}（长度、字符、地区、出生日期或校验码）。");

    public static readonly ErrorReason ResidentIdContradiction = Of(
        "RESIDENT_ID_CONTRADICTION", ErrorKind.Invalid,
        "The resident id and the request differ in {field}. Correct one of them, or omit {field}.",
        "公民身份号码与所填 {field} 不一致，请更正，或不填 {field}。");

    public static readonly ErrorReason PhoneInvalid = Of(
        "PHONE_INVALID", ErrorKind.Invalid,
        "Field {field} is not a valid phone number: enter an 11-digit mobile number beginning with 1, or a landline with its area code.",
        "字段 {field} 不是有效的电话号码，应为 11 位手机号码或带区号的固定电话。");

    public static readonly ErrorReason PartyJoinTooEarly = Of(
        "PARTY_JOIN_TOO_EARLY", ErrorKind.Invalid,
        "party_join_date is before the person's 18th birthday or after today.", "入党日期早于年满 18 周岁之日，或晚于今天。");

    public static readonly ErrorReason PersonExists = Of(
        "PERSON_EXISTS", ErrorKind.AlreadyExists,
        "The resident id is already recorded, for person {person_id}. Update that record instead.",
        "该公民身份号码已登记（人员 {person_id}），请在该人员记录上办理变更。");

    public static readonly ErrorReason PersonExistsElsewhere = Of(
        "PERSON_EXISTS_ELSEWHERE", ErrorKind.AlreadyExists,
        "The resident id is already recorded outside your scope. Ask the organisation department for a transfer.",
        "该公民身份号码已在您的管辖范围外登记，请联系组织部门办理组织关系转接。");

    public static readonly ErrorReason PostNotInOrganization = Of(
        "POST_NOT_IN_ORGANIZATION", ErrorKind.Invalid,
        "An organisation of kind {kind} (seated: {seated}) has no post {position}; its posts are {allowed}.",
        "类型为 {kind}（驻地党组织：{seated}）的党组织没有 {position} 职务，可任职务：{allowed}。");

    public static readonly ErrorReason AppointmentDates = Of(
        "APPOINTMENT_DATES", ErrorKind.Invalid,
        "Field {field} cannot be {date}: it must be between {earliest} and {latest}.",
        "字段 {field} 的日期 {date} 无效，应在 {earliest} 至 {latest} 之间。");

    public static readonly ErrorReason PostHeldByPerson = Of(
        "POST_HELD_BY_PERSON", ErrorKind.AlreadyExists,
        "The person already holds this post from {start_date} to {end_date} (appointment {appointment_id}).",
        "该人员已任同一职务（任职 {appointment_id}，{start_date} 至 {end_date}）。");

    public static readonly ErrorReason PostTaken = Of(
        "POST_TAKEN", ErrorKind.Precondition,
        "The post {position} allows one holder and has one from {start_date} to {end_date}. "
            + "End appointment {appointment_id} first, or set replace_holder.",
        "{position} 职务只能由一人担任，{start_date} 至 {end_date} 已有任职 {appointment_id}，请先办理免职，或设置 replace_holder 办理接任。");

    public static readonly ErrorReason HolderNotReplaceable = Of(
        "HOLDER_NOT_REPLACEABLE", ErrorKind.Precondition,
        "Appointment {appointment_id} to the post {position} starts on {start_date}, not before the new one, so it cannot be replaced. "
            + "Choose a later start_date.",
        "{position} 现有任职 {appointment_id} 自 {start_date} 开始，不早于新任职，不能办理接任，请将任职日期改为更晚的日期。");

    public static readonly ErrorReason AppointmentEnded = Of(
        "APPOINTMENT_ENDED", ErrorKind.Precondition,
        "Appointment {appointment_id} already ends on {end_date}. A future end can be brought forward; a past end cannot be changed.",
        "任职 {appointment_id} 的结束日期为 {end_date}。尚未到期的可以提前，已经结束的不可变更。");

    public static readonly ErrorReason RecordExists = Of(
        "RECORD_EXISTS", ErrorKind.AlreadyExists,
        "The document is already recorded for this subject (record {record_id}).", "该对象已登记此文号（记录 {record_id}）。");

    private static ErrorReason Of(string reason, ErrorKind kind, string english, string chinese) =>
        new("cadre.jiceng", reason, kind, english, chinese);
}
