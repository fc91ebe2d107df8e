using System.Globalization;
using System.Text.Json.Nodes;
using Grpc.Core;
using Jiceng.Gateway.Protocols;

namespace Jiceng.Gateway.OpenApi;

/// <summary>The answers of calls that fail: one for each service and HTTP status, with the reasons that are behind it.</summary>
internal sealed class OpenApiErrors(DocumentLanguage language)
{
    private const string Schema = "connect.Error";
    private const string Problem = "http.Problem";
    private readonly SortedDictionary<string, JsonObject> _responses = new(StringComparer.Ordinal);

    public JsonObject Responses() => new(_responses.Select(response => KeyValuePair.Create(response.Key, (JsonNode?)response.Value.DeepClone())));

    /// <summary>Adds the failures of a method with one answer.</summary>
    /// <param name="to">The responses of the method.</param>
    /// <param name="service">Short name of its service.</param>
    public void AddTo(JsonObject to, string service)
    {
        foreach (var status in KnownReasons.Of(service).GroupBy(reason => ConnectError.HttpStatusOf(reason.Code)).OrderBy(group => group.Key))
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{service}.{status.Key}");
            if (!_responses.ContainsKey(name)) _responses[name] = Failure([.. status]);
            to[status.Key.ToString(CultureInfo.InvariantCulture)] = Reference(name);
        }

        AddProblem(to);
        if (!_responses.ContainsKey("late"))
            _responses["late"] = Answer(language.Choose("The deadline of the call passed (`deadline_exceeded`).", "超过调用时限（`deadline_exceeded`）。"), "application/json", Schema);
        to["504"] = Reference("late");
    }

    /// <summary>Adds what a request gets that is in none of the protocols; a stream tells its failures in its last envelope.</summary>
    public void AddProblem(JsonObject to)
    {
        if (!_responses.ContainsKey("problem"))
        {
            _responses["problem"] = Answer(
                language.Choose("The content type does not fit the method; the answer names those that do.", "Content-Type 与方法不符，返回内容列出可用的类型。"), "application/problem+json", Problem);
        }

        to["415"] = Reference("problem");
    }

    /// <summary>The schemas of both kinds of failure.</summary>
    public IEnumerable<KeyValuePair<string, JsonNode?>> Schemas()
    {
        yield return new(Schema, new JsonObject
        {
            ["type"] = "object",
            ["description"] = language.Choose(
                "Why a call failed. Programs decide by `reason` and `domain` of the `google.rpc.ErrorInfo` among the details, never by the message.",
                "调用失败的原因。程序应依据 details 中 `google.rpc.ErrorInfo` 的 `reason` 与 `domain` 判断，不应依据 message。"),
            ["required"] = new JsonArray("code"),
            ["properties"] = new JsonObject
            {
                ["code"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. ConnectError.CodeNames.Select(name => (JsonNode)name)]) },
                ["message"] = new JsonObject { ["type"] = "string" },
                ["details"] = new JsonObject
                {
                    ["type"] = "array",
                    ["items"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["required"] = new JsonArray("type", "value"),
                        ["properties"] = new JsonObject
                        {
                            ["type"] = new JsonObject
                            {
                                ["type"] = "string",
                                ["description"] = language.Choose(
                                    "`google.rpc.ErrorInfo` always; `google.rpc.BadRequest` where fields are wrong, `google.rpc.RetryInfo` where the same call may pass later, `google.rpc.LocalizedMessage` in zh-CN for users.",
                                    "必有 `google.rpc.ErrorInfo`；字段有误时有 `google.rpc.BadRequest`，稍后重试可能成功时有 `google.rpc.RetryInfo`，`google.rpc.LocalizedMessage` 为面向用户的中文说明。"),
                            },
                            ["value"] = new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64", ["description"] = language.Choose("The detail as protobuf, without padding.", "protobuf 编码的详情，base64 不补位。") },
                            ["debug"] = new JsonObject { ["type"] = "object", ["description"] = language.Choose("The same as JSON.", "同一内容的 JSON 形式。") },
                        },
                    },
                },
            },
        });
        yield return new(Problem, new JsonObject
        {
            ["type"] = "object",
            ["description"] = language.Choose("Why a request that is no call was refused (RFC 9457).", "请求不是有效调用时的拒绝原因（RFC 9457）。"),
            ["properties"] = new JsonObject(((string[])["title", "detail", "domain", "message_zh", "trace_id"])
                .Select(name => KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["type"] = "string" }))
                .Append(KeyValuePair.Create("status", (JsonNode?)new JsonObject { ["type"] = "integer" }))),
        });
    }

    private JsonObject Failure(IReadOnlyList<KnownReason> reasons)
    {
        var lines = reasons.Select(reason => $"| {ConnectError.NameOf(reason.Code)} | `{reason.Reason}` | {reason.Domain} | {language.Choose(reason.English, reason.Chinese)} |");
        var head = language.Choose("Refused, for one of the reasons of this service, of all services or of the gateway:", "调用被拒绝，可能的原因（本服务、各服务共有、网关）：");
        var columns = language.Choose("| Code | Reason | Domain | Message |", "| 代码 | 原因 | 域 | 说明 |");
        var answer = Answer($"{head}\n\n{columns}\n| --- | --- | --- | --- |\n{string.Join('\n', lines)}", "application/json", Schema);
        var first = reasons[0];
        answer["content"]!["application/json"]!["example"] = new JsonObject
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
        if (reasons.Any(reason => reason.Code is StatusCode.ResourceExhausted or StatusCode.Unavailable))
            answer["headers"] = new JsonObject { ["Retry-After"] = new JsonObject { ["$ref"] = "#/components/headers/Retry-After" } };
        return answer;
    }

    private static JsonObject Answer(string description, string type, string schema) => new()
    {
        ["description"] = description,
        ["content"] = new JsonObject { [type] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{schema}" } } },
    };

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/responses/{name}" };
}
