using Jiceng.Domain;

namespace Jiceng.Messaging;

/// <summary>The reasons about events, the same in each service.</summary>
internal static class MessagingErrors
{
    public static readonly ErrorReason EventTypeUnknown = new(
        "jiceng", "EVENT_TYPE_UNKNOWN", ErrorKind.Invalid,
        "{service} has no event type {type}; valid types: {known}.", "{service} 没有事件类型 {type}，可选：{known}。");

    public static readonly ErrorReason EventTypeDenied = new(
        "jiceng", "EVENT_TYPE_DENIED", ErrorKind.Denied,
        "Events of type {type} require the permission {permission}, which none of your roles grants.",
        "读取 {type} 类型的事件须有 {permission} 权限，您的角色没有该权限。");

    public static readonly ErrorReason FollowersFull = new(
        "jiceng", "FOLLOWERS_FULL", ErrorKind.Exhausted,
        "This replica already serves {streams} event streams, its maximum. Try again, or read the feed with ReadEvents.",
        "本实例的事件订阅已达上限（{streams} 个），请稍后重试，或改用 ReadEvents 读取。");
}
