using System.Text.Json.Nodes;

namespace Jiceng.Sidecar.Publishing;

/// <summary>The gRPC status codes in use.</summary>
internal enum RpcCode { InvalidArgument = 3, PermissionDenied = 7, Internal = 13 }

/// <summary>An error in daprd's format: a body for HTTP, a status code for gRPC.</summary>
internal sealed class ApiError : Exception
{
    private ApiError(int httpStatus, RpcCode rpcCode, string errorCode, string reason, string message, string pubsub, Dictionary<string, string> info)
        : base(message)
    {
        (HttpStatus, RpcCode, ErrorCode, Reason) = (httpStatus, rpcCode, errorCode, "DAPR_PUBSUB_" + reason);
        (Pubsub, Info) = (pubsub, info);
    }

    public int HttpStatus { get; }

    public RpcCode RpcCode { get; }

    public string ErrorCode { get; }

    public string Reason { get; }

    /// <summary>The component in the ResourceInfo detail.</summary>
    public string Pubsub { get; }

    /// <summary>The metadata of the ErrorInfo detail.</summary>
    public IReadOnlyDictionary<string, string> Info { get; }

    /// <summary>daprd omits ResourceInfo when the component does not exist.</summary>
    public bool HasResource => Reason != "DAPR_PUBSUB_NOT_FOUND";

    public static ApiError NameEmpty() =>
        new(404, RpcCode.InvalidArgument, "ERR_PUBSUB_EMPTY", "NAME_EMPTY", "pubsub name is empty", "", []);

    public static ApiError NotFound(string pubsub) =>
        new(404, RpcCode.InvalidArgument, "ERR_PUBSUB_NOT_FOUND", "NOT_FOUND", $"pubsub {pubsub} is not found", pubsub, []);

    public static ApiError TopicEmpty(string pubsub) =>
        new(404, RpcCode.InvalidArgument, "ERR_TOPIC_NAME_EMPTY", "TOPIC_NAME_EMPTY", $"topic is empty in pubsub {pubsub}", pubsub, []);

    public static ApiError Forbidden(string pubsub, string topic, string appId) => new(
        403, RpcCode.PermissionDenied, "ERR_PUBSUB_FORBIDDEN", "FORBIDDEN", $"topic {topic} is not allowed for app id {appId}", pubsub, new() { ["topic"] = topic });

    public static ApiError Metadata(string pubsub, string why) => new(
        400, RpcCode.InvalidArgument, "ERR_PUBSUB_REQUEST_METADATA", "METADATA_DESERIALIZATION", $"failed deserializing metadata. Error: {why}", pubsub, []);

    public static ApiError CloudEvent(string pubsub, string appId, string why) => new(
        500, RpcCode.InvalidArgument, "ERR_PUBSUB_CLOUD_EVENTS_SER", "CLOUD_EVENT_CREATION", "cannot create cloudevent", pubsub, new() { ["appId"] = appId, ["error"] = why });

    public static ApiError Publish(string pubsub, string topic, string why) => new(
        500, RpcCode.Internal, "ERR_PUBSUB_PUBLISH_MESSAGE", "PUBLISH_MESSAGE", $"error when publishing to topic {topic} in pubsub {pubsub}: {why}",
        pubsub, new() { ["topic"] = topic, ["error"] = why });

    public static ApiError EntryIds(string pubsub, string topic, string why) => Bulk(
        pubsub, "MARSHAL_EVENTS", $"error marshaling events to bytes for topic {topic} pubsub {pubsub}. error: {why}", why);

    public static ApiError Entries(string pubsub, string topic, string why) => Bulk(
        pubsub, "UNMARSHAL_EVENTS", $"error when unmarshaling the request for topic {topic} pubsub {pubsub}: {why}", why);

    public static ApiError EntryContent(string pubsub, string topic, string why) => Bulk(
        pubsub, "MARSHAL_ENVELOPE", $"error when marshalling cloud event envelope for topic {topic} pubsub {pubsub}: {why}", why);

    public JsonObject ToJson()
    {
        var details = new JsonArray();
        if (HasResource)
        {
            details.Add(new JsonObject
            {
                ["@type"] = "type.googleapis.com/google.rpc.ResourceInfo",
                ["resource_type"] = "pubsub",
                ["resource_name"] = Pubsub,
                ["owner"] = "",
                ["description"] = Message,
            });
        }

        details.Add(new JsonObject
        {
            ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo",
            ["reason"] = Reason,
            ["domain"] = "dapr.io",
            ["metadata"] = new JsonObject(Info.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        });
        return new JsonObject { ["errorCode"] = ErrorCode, ["message"] = Message, ["details"] = details };
    }

    private static ApiError Bulk(string pubsub, string reason, string message, string why) =>
        new(400, RpcCode.InvalidArgument, "ERR_PUBSUB_EVENTS_SER", reason, message, pubsub, new() { ["error"] = why });
}
