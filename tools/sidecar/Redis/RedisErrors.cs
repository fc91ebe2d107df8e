namespace Jiceng.Sidecar.Redis;

/// <summary>Redis answered with an error.</summary>
internal sealed class RedisReplyException(string message) : Exception(message)
{
    public bool IsBusyGroup => Message.StartsWith("BUSYGROUP", StringComparison.Ordinal);
}

/// <summary>Redis could not be reached, or the connection broke or fell silent before the answer came.</summary>
internal sealed class RedisConnectionException(string message, Exception? inner = null) : Exception(message, inner);
