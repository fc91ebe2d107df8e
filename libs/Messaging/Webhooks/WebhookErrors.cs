using Jiceng.Domain;

namespace Jiceng.Messaging.Webhooks;

/// <summary>The reasons about webhooks, the same in each service.</summary>
internal static class WebhookErrors
{
    public static readonly ErrorReason WebhookNotFound = new(
        "jiceng", "WEBHOOK_NOT_FOUND", ErrorKind.NotFound,
        "You have no webhook {webhook_id}.", "您没有编号为 {webhook_id} 的回调。");

    public static readonly ErrorReason AddressRefused = new(
        "jiceng", "WEBHOOK_ADDRESS_REFUSED", ErrorKind.Invalid,
        "The address cannot be called: {problem}.", "该回调地址不可用：{problem_zh}。");

    public static readonly ErrorReason NothingToTell = new(
        "jiceng", "WEBHOOK_TELLS_NOTHING", ErrorKind.Precondition,
        "None of your roles reads an event of {service}, or your token names no place: the webhook would never be called.",
        "您的角色不能读取 {service} 的任何事件，或登录令牌没有管辖范围，该回调不会被调用。");

    public static readonly ErrorReason TooMany = new(
        "jiceng", "WEBHOOK_TOO_MANY", ErrorKind.Exhausted,
        "You have {limit} webhooks of this service, as many as one caller may have. Delete one first.", "每个调用方在本服务最多登记 {limit} 个回调，请先删除一个。");

    public static readonly ErrorReason KeyMissing = new(
        "jiceng", "WEBHOOK_KEY_MISSING", ErrorKind.Precondition,
        "The service has no key to keep signing secrets with. Operations have to set one in Webhooks:Keys, and its id as Webhooks:CurrentKey.",
        "本服务未配置保存签名密钥所需的密钥，请运维在 Webhooks:Keys 中设置密钥，并将其编号设为 Webhooks:CurrentKey。");

    public static readonly ErrorReason PausedByOperator = new(
        "jiceng", "WEBHOOK_PAUSED_BY_OPERATOR", ErrorKind.Precondition,
        "Operations paused the webhook; only they resume it.", "该回调已被运维暂停，只能由运维恢复。");

    public static readonly ErrorReason TestedJustNow = new(
        "jiceng", "WEBHOOK_TESTED_JUST_NOW", ErrorKind.Exhausted,
        "The webhook was tested a moment ago. Wait {seconds} seconds and try again.", "该回调刚刚测试过，请 {seconds} 秒后重试。");
}
