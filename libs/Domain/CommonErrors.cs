namespace Jiceng.Domain;

/// <summary>The reasons that all services share, with domain <c>jiceng</c>.</summary>
public static class CommonErrors
{
    /// <summary>A required field is empty.</summary>
    public static readonly ErrorReason ArgumentRequired = Invalid(
        "ARGUMENT_REQUIRED", "Field {field} is required.", "缺少必填字段 {field}。");

    /// <summary>A field has an invalid value.</summary>
    public static readonly ErrorReason ArgumentInvalid = Invalid(
        "ARGUMENT_INVALID", "Field {field} is not valid: it must be {expected}.", "字段 {field} 的值无效，应为：{expected}。");

    /// <summary>A text is longer than its field allows.</summary>
    public static readonly ErrorReason ArgumentTooLong = Invalid(
        "ARGUMENT_TOO_LONG", "Field {field} has {length} characters; at most {limit} are allowed.", "字段 {field} 有 {length} 个字符，最多 {limit} 个字符。");

    /// <summary>A place code has the wrong form.</summary>
    public static readonly ErrorReason PlaceCodeInvalid = Invalid(
        "PLACE_CODE_INVALID",
        "Field {field} is '{value}' ({digits} characters), which is not a place code: a place code has 2, 4, 6, 9, 12 or 15 digits.",
        "字段 {field} 的值“{value}”（{digits} 位）不是有效的区划或网格编码，应为 2、4、6、9、12 或 15 位数字。");

    /// <summary>An update mask names a field that the resource does not have or that cannot be changed.</summary>
    public static readonly ErrorReason UpdateMaskInvalid = Invalid(
        "UPDATE_MASK_INVALID", "The update mask contains {path}, which cannot be changed; fields that can be changed: {allowed}.", "update_mask 中的 {path} 不可修改，可修改的字段：{allowed}。");

    /// <summary>A page token was not issued by this method for this request.</summary>
    public static readonly ErrorReason PageTokenInvalid = Invalid(
        "PAGE_TOKEN_INVALID", "The page token does not belong to this request. Start again without it.", "分页令牌与本次请求不符，请从第一页重新查询。");

    /// <summary>A request id was used before for another request.</summary>
    public static readonly ErrorReason RequestIdReused = Invalid(
        "REQUEST_ID_REUSED",
        "Request id {request_id} was already used for a different request. Use a new id for every new request.",
        "请求号 {request_id} 已用于内容不同的请求，请为新的请求使用新的请求号。");

    /// <summary>The resource has changed since the caller read it.</summary>
    public static readonly ErrorReason EtagMismatch = new(
        "jiceng", "ETAG_MISMATCH", ErrorKind.Aborted,
        "The resource has changed since it was read; its etag is now {current}. Read it again and repeat the change.",
        "该记录读取后已有变更（当前版本 {current}），请刷新后重试。");

    /// <summary>The request is incomplete, or not a message of the method.</summary>
    public static readonly ErrorReason RequestBroken = Invalid(
        "REQUEST_BROKEN", "The request cannot be read: it is incomplete, or not a message of this method.", "请求无法解析：内容不完整，或不符合该方法的消息格式。");

    /// <summary>A message exceeds the limit of the service.</summary>
    public static readonly ErrorReason RequestTooLarge = new(
        "jiceng", "REQUEST_TOO_LARGE", ErrorKind.Exhausted,
        "A message of the request exceeds 4 MB. Send smaller messages.", "单条消息超过 4 MB 的上限，请减少单次提交的内容。");

    /// <summary>The request uses a compression that the service does not support.</summary>
    public static readonly ErrorReason EncodingUnknown = new(
        "jiceng", "ENCODING_UNKNOWN", ErrorKind.Unimplemented,
        "The service does not support the grpc-encoding of the request. Send it uncompressed or with gzip.", "不支持请求的 grpc-encoding，请不压缩或使用 gzip 压缩。");

    /// <summary>The call has no token, or an invalid one.</summary>
    public static readonly ErrorReason TokenInvalid = new(
        "jiceng", "TOKEN_INVALID", ErrorKind.Unauthenticated,
        "The call has no valid token: {problem}.", "未登录或登录已失效：{problem}。");

    /// <summary>None of the caller's roles grants the permission that the method requires.</summary>
    public static readonly ErrorReason PermissionMissing = new(
        "jiceng", "PERMISSION_MISSING", ErrorKind.Denied,
        "The method requires the permission {permission}, which none of your roles grants.", "您的角色没有 {permission} 权限。");

    /// <summary>The resource is outside the caller's scope or does not exist; the error does not reveal which.</summary>
    public static readonly ErrorReason OutOfScope = new(
        "jiceng", "OUT_OF_SCOPE", ErrorKind.Denied,
        "The resource in {field} does not exist or is outside your scope.", "{field} 所指对象不存在或不在您的管辖范围内。");

    /// <summary>The method declares no access rule, so nobody may call it.</summary>
    public static readonly ErrorReason MethodClosed = new(
        "jiceng", "METHOD_CLOSED", ErrorKind.Denied,
        "The method {method} declares no access rule, so nobody may call it.", "方法 {method} 未声明访问权限，禁止调用。");

    /// <summary>A required store or service does not respond.</summary>
    public static readonly ErrorReason DependencyUnavailable = new(
        "jiceng", "DEPENDENCY_UNAVAILABLE", ErrorKind.Unavailable,
        "{dependency} does not respond. Try again with the same request id: completed work is not repeated.", "{dependency} 暂时不可用，请稍后以相同的请求号重试，已完成的操作不会重复执行。");

    /// <summary>A fault of the software; the trace id finds it.</summary>
    public static readonly ErrorReason InternalError = new(
        "jiceng", "INTERNAL_ERROR", ErrorKind.Internal,
        "The service failed. Include the trace id {trace_id} when you report the problem.", "服务内部错误，反映问题时请提供追踪号 {trace_id}。");

    private static ErrorReason Invalid(string reason, string english, string chinese) =>
        new("jiceng", reason, ErrorKind.Invalid, english, chinese);
}
