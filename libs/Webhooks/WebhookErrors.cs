using Jiceng.Domain;

namespace Jiceng.Webhooks;

/// <summary>The reasons about webhooks, the same in each service.</summary>
internal static class WebhookErrors
{
    public static readonly ErrorReason WebhookNotFound = new(
        "jiceng", "WEBHOOK_NOT_FOUND", ErrorKind.NotFound,
        "You have no webhook {webhook_id}.", "您没有编号为 {webhook_id} 的回调。");

    public static readonly ErrorReason AddressRefused = new(
        "jiceng", "WEBHOOK_ADDRESS_REFUSED", ErrorKind.Invalid,
        "The address cannot be called: {problem}.", "该回调地址不可用：{problem_zh}。");

    public static readonly ErrorReason NothingToSend = new(
        "jiceng", "WEBHOOK_TELLS_NOTHING", ErrorKind.Precondition,
        "The webhook would never be called: none of your roles can read an event of {service}, or your token has no place.",
        "您的角色无权读取 {service} 的任何事件，或登录令牌没有管辖范围，该回调不会收到事件。");

    public static readonly ErrorReason TooMany = new(
        "jiceng", "WEBHOOK_TOO_MANY", ErrorKind.Exhausted,
        "You have {limit} webhooks in this service, the maximum per caller. Delete one first.", "每个调用方在本服务最多登记 {limit} 个回调，请先删除一个。");

    public static readonly ErrorReason KeyMissing = new(
        "jiceng", "WEBHOOK_KEY_MISSING", ErrorKind.Precondition,
        "The service has no key to encrypt signing secrets. An operator has to set one in Webhooks:Keys, and its id in Webhooks:CurrentKey.",
        "本服务未配置用于加密签名密钥的主密钥，请运维人员在 Webhooks:Keys 中设置，并将其编号填入 Webhooks:CurrentKey。");

    public static readonly ErrorReason PausedByOperator = new(
        "jiceng", "WEBHOOK_PAUSED_BY_OPERATOR", ErrorKind.Precondition,
        "The webhook was paused by an operator; only an operator can resume it.", "该回调已由运维人员暂停，只能由运维人员恢复。");

    public static readonly ErrorReason TestedJustNow = new(
        "jiceng", "WEBHOOK_TESTED_JUST_NOW", ErrorKind.Exhausted,
        "The webhook was just tested. Wait {seconds} seconds and try again.", "该回调刚刚测试过，请 {seconds} 秒后重试。");
}
