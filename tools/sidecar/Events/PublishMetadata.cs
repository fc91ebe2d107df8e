using System.Globalization;

namespace Jiceng.Sidecar.Events;

/// <summary>The request metadata that daprd interprets; all of it is also stored with the message.</summary>
internal static class PublishMetadata
{
    public const string RawPayloadKey = "rawPayload";

    /// <exception cref="FormatException">The value is not one of Go's booleans.</exception>
    public static bool IsRawPayload(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null || !metadata.TryGetValue(RawPayloadKey, out var text)) return false;
        return GoValues.TryBool(text, out var value)
            ? value
            : throw new FormatException($"{RawPayloadKey} value must be a valid boolean: actual is '{text}'");
    }

    /// <summary>Seconds or a Go duration in ttl or ttlInSeconds; any other value counts as absent.</summary>
    public static TimeSpan? TimeToLive(IReadOnlyDictionary<string, string>? metadata)
    {
        var text = Find(metadata, "ttlInSeconds") ?? Find(metadata, "ttl");
        if (string.IsNullOrEmpty(text)) return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            return seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
        return GoValues.TryDuration(text, out var duration) && duration > TimeSpan.Zero ? duration : null;
    }

    public static string? Find(IReadOnlyDictionary<string, string>? metadata, string key) =>
        metadata?.FirstOrDefault(pair => string.Equals(pair.Key, key, StringComparison.OrdinalIgnoreCase)).Value;
}
