namespace Jiceng.Sidecar.Events;

/// <summary>Classifies content types like daprd: in lower case, without parameters, and only these names.</summary>
internal static class MediaTypes
{
    public const string CloudEvent = "application/cloudevents+json";

    public static bool IsCloudEvent(string contentType) => Name(contentType) == CloudEvent;

    public static bool IsJson(string contentType) => Name(contentType) == "application/json";

    public static bool IsBinary(string contentType) => Name(contentType) is "application/octet-stream" or "application/cloudevents+protobuf";

    public static bool IsText(string contentType) =>
        Name(contentType) is var name && (name.StartsWith("text/", StringComparison.Ordinal) || name == "application/xml");

    private static string Name(string contentType) => contentType.Split(';')[0].Trim().ToLowerInvariant();
}
