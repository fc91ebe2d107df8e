using Jiceng.Domain;

namespace Jiceng.Gateway;

/// <summary>The reasons for which the gateway itself rejects a call; errors of a service pass through unchanged.</summary>
public static class GatewayErrors
{
    /// <summary>The call has no bearer token.</summary>
    public static readonly ErrorReason TokenMissing = Unauthenticated(
        "TOKEN_MISSING", "The call has no token. Send it as 'authorization: Bearer <token>'.", "请求未携带登录令牌，请先登录。");

    /// <summary>The token has expired.</summary>
    public static readonly ErrorReason TokenExpired = Unauthenticated(
        "TOKEN_EXPIRED", "The token has expired. Sign in again.", "登录已过期，请重新登录。");

    /// <summary>The token is not yet valid, for another audience, from an untrusted issuer or key, or malformed.</summary>
    public static readonly ErrorReason TokenRefused = Unauthenticated(
        "TOKEN_REFUSED", "The token is not accepted: {problem}.", "登录令牌无效（{problem}），请重新登录。");

    /// <summary>The token was revoked, or all tokens of its subject up to a time were.</summary>
    public static readonly ErrorReason TokenRevoked = Unauthenticated("TOKEN_REVOKED", "The token was revoked. Sign in again.", "登录令牌已被吊销，请重新登录。");

    /// <summary>The revoked tokens are unknown, because Redis has been unavailable for long or since the gateway started.</summary>
    public static readonly ErrorReason RevocationsUnknown = new(
        Source, "REVOCATIONS_UNKNOWN", ErrorKind.Unavailable,
        "The gateway cannot check whether the token is revoked. Try again.", "网关暂时无法确认登录令牌是否已被吊销，请稍后重试。");

    /// <summary>The keys of the token issuer are unknown, because it does not respond.</summary>
    public static readonly ErrorReason IssuerUnavailable = new(
        Source, "ISSUER_UNAVAILABLE", ErrorKind.Unavailable,
        "The token cannot be checked because its issuer does not respond. Try again.", "身份认证服务暂时不可用，无法验证登录令牌，请稍后重试。");

    /// <summary>The caller is authenticated, but may not call the method.</summary>
    public static readonly ErrorReason CallForbidden = new(
        Source, "CALL_FORBIDDEN", ErrorKind.Denied, "You may not call {method}.", "您无权调用 {method}。");

    /// <summary>No service has the method.</summary>
    public static readonly ErrorReason MethodUnknown = new(
        Source, "METHOD_UNKNOWN", ErrorKind.Unimplemented,
        "There is no method {method}. Use server reflection to list the services and methods.", "方法 {method} 不存在，可通过服务器反射查询全部服务和方法。");

    /// <summary>A method of every service was called without the header that selects one.</summary>
    public static readonly ErrorReason ServiceNotNamed = new(
        Source, "SERVICE_NOT_NAMED", ErrorKind.Invalid,
        "The header jiceng-service must select a service: {allowed}.", "请求头 jiceng-service 须指定服务：{allowed}。");

    /// <summary>The path is a method, but the request uses none of its protocols.</summary>
    public static readonly ErrorReason NotGrpc = new(
        Source, "NOT_GRPC", ErrorKind.Invalid,
        "Call {method} with POST and one of the content types {types}, or over HTTP/2 with application/grpc.",
        "请用 POST 调用 {method}，Content-Type 为 {types} 之一；使用 HTTP/2 时也可为 application/grpc。");

    /// <summary>The body is not valid JSON.</summary>
    public static readonly ErrorReason JsonMalformed = new(
        Source, "JSON_MALFORMED", ErrorKind.Invalid,
        "The request is not valid JSON: it is malformed at line {line}, byte {byte}, or nested deeper than {depth}.",
        "请求不是有效的 JSON：第 {line} 行第 {byte} 字节处有误，或嵌套超过 {depth} 层。");

    /// <summary>The JSON has an unknown field.</summary>
    public static readonly ErrorReason FieldUnknown = new(
        Source, "FIELD_UNKNOWN", ErrorKind.Invalid,
        "There is no field {field}; {message} has the fields {allowed}.", "没有字段 {field}，{message} 的字段有：{allowed}。");

    /// <summary>The method exists, but its messages have no JSON form.</summary>
    public static readonly ErrorReason NoJson = new(
        Source, "NO_JSON", ErrorKind.Unimplemented,
        "The method is not in the published contracts and has no JSON form. Use application/proto.", "该方法不在公开的接口契约中，不支持 JSON，请使用 application/proto。");

    /// <summary>A header of the caller's protocol is invalid.</summary>
    public static readonly ErrorReason HeaderInvalid = new(
        Source, "HEADER_INVALID", ErrorKind.Invalid, "The header {header} must be {expected}.", "请求头 {header} 应为：{expected}。");

    /// <summary>The request uses a compression that the gateway does not support.</summary>
    public static readonly ErrorReason EncodingUnknown = new(
        Source, "ENCODING_UNKNOWN", ErrorKind.Unimplemented,
        "The gateway does not support the {header} of the request. Send it uncompressed or with gzip.", "不支持请求的 {header}，请不压缩或使用 gzip 压缩。");

    /// <summary>The request exceeds the limit of the gateway.</summary>
    public static readonly ErrorReason RequestTooLarge = new(
        Source, "REQUEST_TOO_LARGE", ErrorKind.Exhausted,
        "The request exceeds {limit} bytes. Send less at once: split long lists into several requests, or use a streaming method.",
        "请求超过 {limit} 字节的上限，请减少单次提交的内容：数据较多时分批提交，或使用流式方法。");

    /// <summary>The response exceeds the limit of the gateway.</summary>
    public static readonly ErrorReason ResponseTooLarge = new(
        Source, "RESPONSE_TOO_LARGE", ErrorKind.Exhausted,
        "The response exceeds {limit} bytes. Request less at once, for example smaller pages.", "返回内容超过 {limit} 字节的上限，请缩小查询范围或减小每页条数。");

    /// <summary>The caller exceeds its rate.</summary>
    public static readonly ErrorReason TooManyCalls = new(
        Source, "TOO_MANY_CALLS", ErrorKind.Exhausted,
        "You exceeded the rate of {calls_per_second} calls per second for class {class}. Wait and try again.",
        "调用过于频繁（{class} 类平均每秒不超过 {calls_per_second} 次），请稍后重试。");

    /// <summary>The caller has the maximum number of calls in progress.</summary>
    public static readonly ErrorReason TooManyAtOnce = new(
        Source, "TOO_MANY_AT_ONCE", ErrorKind.Exhausted,
        "You have {calls} calls in progress, the maximum per caller. Wait until one completes.", "同时进行的调用过多（每个调用方最多 {calls} 个），请等待其他调用完成。");

    /// <summary>The caller has the maximum number of open streams.</summary>
    public static readonly ErrorReason TooManyStreams = new(
        Source, "TOO_MANY_STREAMS", ErrorKind.Exhausted,
        "You have {streams} open streams, the maximum per caller. Close one first.", "打开的数据流过多（每个调用方最多 {streams} 个），请先关闭其他数据流。");

    /// <summary>All callers together exceed the number of calls handled at once.</summary>
    public static readonly ErrorReason Overloaded = new(
        Source, "OVERLOADED", ErrorKind.Exhausted,
        "The gateway is overloaded: it handles at most {calls_at_once} calls at once. Wait and try again.", "当前请求过多（同时处理上限为 {calls_at_once} 个），请稍后重试。");

    /// <summary>The service of the method does not respond.</summary>
    public static readonly ErrorReason ServiceUnavailable = new(
        Source, "SERVICE_UNAVAILABLE", ErrorKind.Unavailable,
        "The service {service} does not respond. Try again.", "服务 {service} 暂时不可用，请稍后重试。");

    /// <summary>The call did not end soon after its deadline: the service hangs, or the caller does not complete its request.</summary>
    public static readonly ErrorReason CallTooLong = new(
        Source, "CALL_TOO_LONG", ErrorKind.Unavailable,
        "The call exceeded its deadline of {seconds} s: the request did not arrive completely, or the service {service} did not respond. Try again.",
        "调用超过时限（{seconds} 秒）：请求未完整送达，或服务 {service} 没有响应，请稍后重试。");

    /// <summary>A request stream sent nothing for too long.</summary>
    public static readonly ErrorReason RequestSilent = new(
        Source, "REQUEST_SILENT", ErrorKind.Unavailable,
        "The request stream sent nothing for {seconds} s. Send the request again, without pauses.", "请求流已 {seconds} 秒没有发送内容，请重新连续发送。");

    /// <summary>The request violates HTTP.</summary>
    public static readonly ErrorReason RequestBroken = new(
        Source, "REQUEST_BROKEN", ErrorKind.Invalid, "The request is incomplete and cannot be read.", "请求不完整，无法读取。");

    /// <summary>A fault of the gateway; the trace id finds it.</summary>
    public static readonly ErrorReason GatewayFailed = new(
        Source, "GATEWAY_FAILED", ErrorKind.Internal,
        "The gateway failed. Include the trace id {trace_id} when you report the problem.", "网关内部错误，反映问题时请提供追踪号 {trace_id}。");

    private const string Source = "gateway.jiceng";

    private static ErrorReason Unauthenticated(string reason, string english, string chinese) =>
        new(Source, reason, ErrorKind.Unauthenticated, english, chinese);
}
