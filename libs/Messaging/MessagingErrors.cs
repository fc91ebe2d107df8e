using Jiceng.Domain;

namespace Jiceng.Messaging;

/// <summary>The reasons about events, the same in each service.</summary>
internal static class MessagingErrors
{
    public static readonly ErrorReason EventTypeUnknown = new(
        "jiceng", "EVENT_TYPE_UNKNOWN", ErrorKind.Invalid,
        "There is no event {type} of {service}. There are: {known}.", "{service} 没有事件类型 {type}，可选的有：{known}。");

    public static readonly ErrorReason EventTypeDenied = new(
        "jiceng", "EVENT_TYPE_DENIED", ErrorKind.Denied,
        "Events of the type {type} are told to those with the permission {permission}, which none of your roles grants.",
        "事件类型 {type} 需要 {permission} 权限，您的角色没有该权限。");

    public static readonly ErrorReason FollowersFull = new(
        "jiceng", "FOLLOWERS_FULL", ErrorKind.Exhausted,
        "{streams} streams of events are open here, as many as one replica serves. Try again, or read the feed by ReadEvents.",
        "本实例的事件订阅流已达上限（{streams} 个），请稍后重试，或改用 ReadEvents 读取。");
}
