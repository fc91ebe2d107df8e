using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using Jiceng.Gateway.Protocols;
using Microsoft.OpenApi;

namespace Jiceng.Gateway.OpenApi;

/// <summary>The answers of calls that fail: one for each service and HTTP status, with the reasons that are behind it.</summary>
internal sealed class OpenApiErrors(DocumentLanguage language)
{
    private const string Schema = "connect.Error";
    private const string Problem = "http.Problem";

    public IDictionary<string, IOpenApiResponse> Responses { get; } = new SortedDictionary<string, IOpenApiResponse>(StringComparer.Ordinal);

    /// <summary>Adds the failures of a method with one answer.</summary>
    /// <param name="to">The responses of the method.</param>
    /// <param name="service">Short name of its service.</param>
    public void AddTo(OpenApiResponses to, string service)
    {
        foreach (var status in KnownReasons.Of(service).GroupBy(reason => ConnectError.HttpStatusOf(reason.Code)).OrderBy(group => group.Key))
        {
            var code = status.Key.ToString(CultureInfo.InvariantCulture);
            to[code] = Reference($"{service}.{code}", () => Failure([.. status]));
        }

        AddProblem(to);
        to["504"] = Reference("late", () => Answer(language.Choose("The deadline of the call passed (`deadline_exceeded`).", "超过调用时限（`deadline_exceeded`）。"), "application/json", Schema));
    }

    /// <summary>Adds what a request gets that is in none of the protocols; a stream tells its failures in its last envelope.</summary>
    public void AddProblem(OpenApiResponses to) => to["415"] = Reference("problem", () => Answer(
        language.Choose("The content type does not fit the method; the answer names those that do.", "Content-Type 与方法不符，返回内容列出可用的类型。"), "application/problem+json", Problem));

    /// <summary>The schemas of both kinds of failure.</summary>
    public IEnumerable<KeyValuePair<string, IOpenApiSchema>> Schemas()
    {
        yield return new(Schema, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = language.Choose(
                "Why a call failed. Programs decide by `reason` and `domain` of the `google.rpc.ErrorInfo` among the details, never by the message.",
                "调用失败的原因。程序应依据 details 中 `google.rpc.ErrorInfo` 的 `reason` 与 `domain` 判断，不应依据 message。"),
            Required = new HashSet<string> { "code" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. ConnectError.CodeNames.Select(name => (JsonNode)name)] },
                ["message"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["details"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Detail() },
            },
        });
        var texts = ((string[])["title", "detail", "domain", "message_zh", "trace_id"]).ToDictionary(name => name, IOpenApiSchema (_) => new OpenApiSchema { Type = JsonSchemaType.String });
        yield return new(Problem, new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = language.Choose("Why a request that is no call was refused (RFC 9457).", "请求不是有效调用时的拒绝原因（RFC 9457）。"),
            Properties = new Dictionary<string, IOpenApiSchema>(texts) { ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer } },
        });
    }

    private OpenApiSchema Detail() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "type", "value" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = language.Choose(
                    "`google.rpc.ErrorInfo` always; `google.rpc.BadRequest` where fields are wrong, `google.rpc.RetryInfo` where the same call may pass later, `google.rpc.LocalizedMessage` in zh-CN for users.",
                    "必有 `google.rpc.ErrorInfo`；字段有误时有 `google.rpc.BadRequest`，稍后重试可能成功时有 `google.rpc.RetryInfo`，`google.rpc.LocalizedMessage` 为面向用户的中文说明。"),
            },
            ["value"] = new OpenApiSchema { Type = JsonSchemaType.String, ContentEncoding = "base64", Description = language.Choose("The detail as protobuf, without padding.", "protobuf 编码的详情，base64 不补位。") },
            ["debug"] = new OpenApiSchema { Type = JsonSchemaType.Object, Description = language.Choose("The same as JSON.", "同一内容的 JSON 形式。") },
        },
    };

    private OpenApiResponse Failure(IReadOnlyList<KnownReason> reasons)
    {
        var lines = reasons.Select(reason => $"| {ConnectError.NameOf(reason.Code)} | `{reason.Reason}` | {reason.Domain} | {language.Choose(reason.English, reason.Chinese)} |");
        var head = language.Choose("Refused, for one of the reasons of this service, of all services or of the gateway:", "调用被拒绝，可能的原因（本服务、各服务共有、网关）：");
        var columns = language.Choose("| Code | Reason | Domain | Message |", "| 代码 | 原因 | 域 | 说明 |");
        var first = reasons[0];
        var example = new JsonObject
        {
            ["code"] = ConnectError.NameOf(first.Code),
            ["message"] = first.English,
            ["details"] = new JsonArray(new JsonObject
            {
                ["type"] = "google.rpc.ErrorInfo",
                ["value"] = "Cg1G",
                ["debug"] = new JsonObject { ["reason"] = first.Reason, ["domain"] = first.Domain },
            }),
        };
        var answer = Answer($"{head}\n\n{columns}\n| --- | --- | --- | --- |\n{string.Join('\n', lines)}", "application/json", Schema, example);
        if (reasons.Any(reason => reason.Code is StatusCode.ResourceExhausted or StatusCode.Unavailable))
            answer.Headers = new Dictionary<string, IOpenApiHeader> { ["Retry-After"] = new OpenApiHeaderReference("Retry-After") };
        return answer;
    }

    private static OpenApiResponse Answer(string description, string type, string schema, JsonNode? example = null) => new()
    {
        Description = description,
        Content = new Dictionary<string, IOpenApiMediaType> { [type] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(schema), Example = example } },
    };

    private OpenApiResponseReference Reference(string name, Func<OpenApiResponse> make)
    {
        if (!Responses.ContainsKey(name)) Responses[name] = make();
        return new OpenApiResponseReference(name);
    }
}
