using Jiceng.Domain;

namespace Jiceng.Gateway;

/// <summary>The errors of the gateway itself; those of a service pass through unchanged.</summary>
public static class GatewayErrors
{
    /// <summary>The call carries no bearer token.</summary>
    public static readonly ErrorReason TokenMissing = Unauthenticated(
        "TOKEN_MISSING", "The call carries no token. Send it as 'authorization: Bearer <token>'.", "请求未携带登录令牌，请先登录。");

    /// <summary>The token's time is over.</summary>
    public static readonly ErrorReason TokenExpired = Unauthenticated(
        "TOKEN_EXPIRED", "The token has expired. Sign in again.", "登录已过期，请重新登录。");

    /// <summary>The token is not yet valid, for another audience, from an issuer or key that is not trusted, or no token at all.</summary>
    public static readonly ErrorReason TokenRefused = Unauthenticated(
        "TOKEN_REFUSED", "The token is not accepted: {problem}.", "登录令牌无效（{problem}），请重新登录。");

    /// <summary>The token, or all tokens of its subject up to some moment, were revoked.</summary>
    public static readonly ErrorReason TokenRevoked = Unauthenticated("TOKEN_REVOKED", "The token was revoked. Sign in again.", "登录令牌已被吊销，请重新登录。");

    /// <summary>Which tokens are revoked is not known, because Redis has been away for long, or since the gateway started.</summary>
    public static readonly ErrorReason RevocationsUnknown = new(
        Source, "REVOCATIONS_UNKNOWN", ErrorKind.Unavailable,
        "The gateway refuses calls until it knows which tokens are revoked. Try again.", "网关暂时无法确认令牌是否已被吊销，请稍后重试。");

    /// <summary>The keys of the issuer of tokens are not known, because it does not answer.</summary>
    public static readonly ErrorReason IssuerUnavailable = new(
        Source, "ISSUER_UNAVAILABLE", ErrorKind.Unavailable,
        "Tokens cannot be checked, because their issuer does not answer. Try again.", "身份认证服务暂时不可用，无法验证登录令牌，请稍后重试。");

    /// <summary>Whoever calls is known but may not call this.</summary>
    public static readonly ErrorReason CallForbidden = new(
        Source, "CALL_FORBIDDEN", ErrorKind.Denied, "You may not call {method}.", "您无权调用 {method}。");

    /// <summary>No service serves the method.</summary>
    public static readonly ErrorReason MethodUnknown = new(
        Source, "METHOD_UNKNOWN", ErrorKind.Unimplemented,
        "There is no method {method}. Use server reflection to list the services and methods.", "方法 {method} 不存在。");

    /// <summary>A method that every service serves was called without saying which service is meant.</summary>
    public static readonly ErrorReason ServiceNotNamed = new(
        Source, "SERVICE_NOT_NAMED", ErrorKind.Invalid,
        "The header jiceng-service has to name the service: {allowed}.", "请求头 jiceng-service 必须指明目标服务：{allowed}。");

    /// <summary>The path is a method, the request is in none of the protocols by which it is called.</summary>
    public static readonly ErrorReason NotGrpc = new(
        Source, "NOT_GRPC", ErrorKind.Invalid,
        "Call {method} by POST with one of the content types {types}, or over HTTP/2 with application/grpc.",
        "{method} 请以 POST 调用，Content-Type 为 {types} 之一；使用 HTTP/2 时也可为 application/grpc。");

    /// <summary>The body is no JSON.</summary>
    public static readonly ErrorReason JsonMalformed = new(
        Source, "JSON_MALFORMED", ErrorKind.Invalid,
        "The request is not valid JSON: there is an error at line {line}, byte {byte}, or it nests deeper than {depth} levels.",
        "请求不是有效的 JSON：第 {line} 行第 {byte} 字节处有误，或嵌套超过 {depth} 层。");

    /// <summary>The JSON has a field that its message does not have.</summary>
    public static readonly ErrorReason FieldUnknown = new(
        Source, "FIELD_UNKNOWN", ErrorKind.Invalid,
        "There is no field {field}. {message} has {allowed}.", "没有字段 {field}。{message} 的字段有：{allowed}。");

    /// <summary>The method can be called, its messages are not known as JSON.</summary>
    public static readonly ErrorReason NoJson = new(
        Source, "NO_JSON", ErrorKind.Unimplemented,
        "The method is not in the published contracts, so its JSON is not known. Use application/proto.", "该方法不属于公开接口，无法使用 JSON，请使用 application/proto。");

    /// <summary>A header of the caller's protocol cannot be understood.</summary>
    public static readonly ErrorReason HeaderInvalid = new(
        Source, "HEADER_INVALID", ErrorKind.Invalid, "The header {header} has to be {expected}.", "请求头 {header} 应为：{expected}。");

    /// <summary>The request is compressed in a way that the gateway does not know.</summary>
    public static readonly ErrorReason EncodingUnknown = new(
        Source, "ENCODING_UNKNOWN", ErrorKind.Unimplemented,
        "The gateway does not know the {header} of the request. Send it uncompressed or by gzip.", "不支持该 {header}，请不压缩或使用 gzip 压缩。");

    /// <summary>The request is larger than the gateway takes.</summary>
    public static readonly ErrorReason RequestTooLarge = new(
        Source, "REQUEST_TOO_LARGE", ErrorKind.Exhausted,
        "The request is larger than {limit} bytes. Send less at once: split long lists into several requests or use a streaming method.",
        "请求超过 {limit} 字节的上限，请减少单次提交的内容。");

    /// <summary>The answer is larger than the gateway passes on.</summary>
    public static readonly ErrorReason ResponseTooLarge = new(
        Source, "RESPONSE_TOO_LARGE", ErrorKind.Exhausted,
        "The answer is larger than {limit} bytes. Ask for less at once, for example by smaller pages.", "返回内容超过 {limit} 字节的上限，请缩小查询范围或减小每页条数。");

    /// <summary>The caller calls more often than is granted.</summary>
    public static readonly ErrorReason TooManyCalls = new(
        Source, "TOO_MANY_CALLS", ErrorKind.Exhausted,
        "At most {calls_per_second} calls of class {class} a second are allowed over time. Wait and try again.",
        "调用过于频繁（{class} 类平均每秒不超过 {calls_per_second} 次），请稍后重试。");

    /// <summary>The caller has as many calls under way as one caller may have.</summary>
    public static readonly ErrorReason TooManyAtOnce = new(
        Source, "TOO_MANY_AT_ONCE", ErrorKind.Exhausted,
        "You have {calls} calls in progress, the most that one caller may have. Wait until one is answered.", "同时进行的调用过多（每个调用方最多 {calls} 个），请等待其他调用完成。");

    /// <summary>The caller has as many streams open as one caller may have.</summary>
    public static readonly ErrorReason TooManyStreams = new(
        Source, "TOO_MANY_STREAMS", ErrorKind.Exhausted,
        "You have {streams} streams open, the most that one caller may have. Close one first.", "打开的数据流过多（每个调用方最多 {streams} 个），请先关闭其他数据流。");

    /// <summary>All callers together ask for more than is passed on at once.</summary>
    public static readonly ErrorReason Overloaded = new(
        Source, "OVERLOADED", ErrorKind.Exhausted,
        "More than {calls_at_once} calls are in progress. Wait and try again.", "当前请求过多（同时处理上限为 {calls_at_once} 个），请稍后重试。");

    /// <summary>The service that serves the method does not answer.</summary>
    public static readonly ErrorReason ServiceUnavailable = new(
        Source, "SERVICE_UNAVAILABLE", ErrorKind.Unavailable,
        "The service {service} does not answer. Try again.", "服务 {service} 暂时不可用，请稍后重试。");

    /// <summary>The call was not over soon after its deadline: the service hangs, or the caller does not send its message to the end.</summary>
    public static readonly ErrorReason CallTooLong = new(
        Source, "CALL_TOO_LONG", ErrorKind.Unavailable,
        "The call exceeded its deadline of {seconds} s: its request was incomplete, or the service {service} did not answer. Try again.",
        "调用超过时限（{seconds} 秒）：请求未完整送达，或服务 {service} 没有响应，请稍后重试。");

    /// <summary>A request stream brought nothing for too long.</summary>
    public static readonly ErrorReason RequestSilent = new(
        Source, "REQUEST_SILENT", ErrorKind.Unavailable,
        "The request stream was idle for {seconds} s. Send the request again, without pauses.", "请求流已有 {seconds} 秒没有送来任何内容，请不间断地重新发送。");

    /// <summary>What the client sent broke the rules of HTTP.</summary>
    public static readonly ErrorReason RequestBroken = new(
        Source, "REQUEST_BROKEN", ErrorKind.Invalid, "The request could not be read completely.", "请求不完整，无法读取。");

    /// <summary>A fault of the gateway; the trace id finds it.</summary>
    public static readonly ErrorReason GatewayFailed = new(
        Source, "GATEWAY_FAILED", ErrorKind.Internal,
        "The gateway failed. Quote the trace id {trace_id} when you report it.", "网关内部错误，报告问题时请提供跟踪号 {trace_id}。");

    private const string Source = "gateway.jiceng";

    private static ErrorReason Unauthenticated(string reason, string english, string chinese) =>
        new(Source, reason, ErrorKind.Unauthenticated, english, chinese);
}
