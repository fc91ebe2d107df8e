using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Jiceng.Gateway.Json;
using Jiceng.Gateway.Limits;
using Jiceng.Gateway.Routing;
using Microsoft.OpenApi;
using Yarp.ReverseProxy.Configuration;

namespace Jiceng.Gateway.OpenApi;

/// <summary>Every method as the POST that Connect makes of it.</summary>
internal sealed class OpenApiOperations(DocumentLanguage language, ContractMethods methods, IProxyConfig routes, OpenApiSchemas schemas, OpenApiErrors errors)
{
    public const string ServiceHeader = "jiceng-service";
    private const string Stream = "application/connect+json";
    private readonly OpenApiAccess _access = new(language, methods);
    private readonly OpenApiExamples _examples = new(language);

    public OpenApiPaths Paths()
    {
        var paths = new OpenApiPaths();
        foreach (var method in methods.Services.SelectMany(service => service.Methods))
            paths.Add(ContractMethods.PathOf(method), new OpenApiPathItem { Operations = new() { [HttpMethod.Post] = Of(method) } });
        return paths;
    }

    /// <summary>Services that one and the same method leads to, by header.</summary>
    public IReadOnlyList<string> NamedServices(string path) =>
    [
        .. routes.Routes.Where(route => path.StartsWith((route.Match.Path ?? "").Split('{')[0], StringComparison.Ordinal))
            .SelectMany(route => route.Match.Headers ?? [])
            .Where(header => header.Name.Equals(ServiceHeader, StringComparison.OrdinalIgnoreCase))
            .SelectMany(header => header.Values ?? [])
            .Distinct().Order(StringComparer.Ordinal),
    ];

    private OpenApiOperation Of(MethodDescriptor method)
    {
        var comment = language.CommentOf(method);
        var streams = method.IsClientStreaming || method.IsServerStreaming;
        var needed = FieldHints.RequiredByAccess(OpenApiAccess.Of(method));
        var request = schemas.Of(method.InputType, needed);
        var answer = Answer(method.OutputType);
        var example = _examples.Of(method.InputType, needed);
        var operation = new OpenApiOperation
        {
            Tags = new HashSet<OpenApiTagReference> { new(method.Service.FullName) },
            OperationId = IdOf(method),
            Summary = $"{method.Name}: {FirstSentence(comment)}",
            Description = string.Join("\n\n", Description(method, comment)),
            Parameters = [new OpenApiParameterReference("Connect-Timeout-Ms"), .. Parameters(method)],
            RequestBody = new OpenApiRequestBody { Required = true, Content = streams ? StreamContent() : Content(request, example) },
            Responses = Responses(method, streams ? StreamContent() : Content(answer), streams),
            Extensions = new Dictionary<string, IOpenApiExtension> { ["x-jiceng-class"] = new JsonNodeExtension(CallClassExtensions.ClassOf(method).Name()) },
        };
        if (_access.Extension(method) is { } access) operation.Extensions["x-jiceng-access"] = new JsonNodeExtension(access);
        if (streams)
        {
            operation.Extensions["x-jiceng-stream"] = new JsonNodeExtension(new JsonObject
            {
                ["requests"] = method.IsClientStreaming ? "many" : "one",
                ["answers"] = method.IsServerStreaming ? "many" : "one",
                ["request"] = new JsonObject { ["$ref"] = request.Reference.ReferenceV3 },
                ["answer"] = new JsonObject { ["$ref"] = answer.Reference.ReferenceV3 },
                ["exampleRequest"] = example,
            });
        }

        return operation;
    }

    private OpenApiSchemaReference Answer(MessageDescriptor type) => JsonMessage.Of(type).Form == JsonForm.Fields
        ? schemas.Of(type)
        : throw new NotSupportedException($"{type.FullName} is no answer: a method answers with a message of its own, so that it can grow");

    private IEnumerable<string> Description(MethodDescriptor method, string comment)
    {
        yield return comment;
        yield return _access.Text(method);
        var kind = CallClassExtensions.ClassOf(method).Name();
        yield return language.Choose($"**Rate:** counts as `{kind}`.", $"**限流类别：**`{kind}`。");
        if (!method.IsClientStreaming && !method.IsServerStreaming) yield break;
        var (asked, told) = (method.InputType.FullName, method.OutputType.FullName);
        yield return language.Choose(
            $"**Stream:** {(method.IsClientStreaming ? "any number of requests" : "one request")} (`{asked}`), {(method.IsServerStreaming ? "any number of answers" : "one answer")} (`{told}`). "
            + "Each stands in an envelope: a byte of flags (1: compressed, 2: the end), four bytes of length, highest first, then the JSON. The HTTP status is 200 whatever comes; the last envelope "
            + "holds `error` when the call failed, in the form of `connect.Error`. This page cannot try it: use a client of Connect or gRPC.",
            $"**流式调用：**{(method.IsClientStreaming ? "请求为多条" : "请求为一条")}（`{asked}`），{(method.IsServerStreaming ? "返回为多条" : "返回为一条")}（`{told}`）。"
            + "每条消息前有信封：一个标志字节（1 表示压缩，2 表示结束）、四个字节的长度（高位在前），其后为 JSON。HTTP 状态码始终为 200；调用失败时最后一个信封含 `error`，"
            + "形式同 `connect.Error`。本页面无法试用，请使用 Connect 或 gRPC 客户端。");
        yield return $"```json\n{_examples.Of(method.InputType, []).ToJsonString(OpenApiGenerator.Indented)}\n```";
    }

    private IEnumerable<OpenApiParameter> Parameters(MethodDescriptor method)
    {
        var services = NamedServices(ContractMethods.PathOf(method));
        if (services.Count == 0) yield break;
        yield return new OpenApiParameter
        {
            Name = ServiceHeader,
            In = ParameterLocation.Header,
            Required = true,
            Description = language.Choose("Which service is meant; each of them serves this method about itself.", "目标服务；各服务均提供此方法，只涉及自身的数据。"),
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. services.Select(service => (JsonNode)service)] },
        };
    }

    private OpenApiResponses Responses(MethodDescriptor method, Dictionary<string, IOpenApiMediaType> content, bool streams)
    {
        var responses = new OpenApiResponses
        {
            ["200"] = new OpenApiResponse
            {
                Description = language.CommentOf(method.OutputType),
                Headers = ((string[])["RateLimit-Policy", "RateLimit"]).ToDictionary(name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name)),
                Content = content,
            },
        };
        if (streams) errors.AddProblem(responses);
        else errors.AddTo(responses, method.Service.File.Package.Split('.').ElementAtOrDefault(1) ?? "");
        return responses;
    }

    private static Dictionary<string, IOpenApiMediaType> Content(IOpenApiSchema schema, JsonNode? example = null) =>
        new() { ["application/json"] = new OpenApiMediaType { Schema = schema, Example = example } };

    private static Dictionary<string, IOpenApiMediaType> StreamContent() => new() { [Stream] = new OpenApiMediaType { Schema = new OpenApiSchema { ContentMediaType = Stream } } };

    /// <summary>For names in generated clients: grid_v1_NodeService_GetNode.</summary>
    private static string IdOf(MethodDescriptor method)
    {
        var name = method.FullName;
        return (name.StartsWith("jiceng.", StringComparison.Ordinal) ? name["jiceng.".Length..] : name).Replace('.', '_');
    }

    private static string FirstSentence(string comment)
    {
        var end = comment.IndexOfAny(['。']) is var chinese and >= 0 ? chinese : comment.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? comment : comment[..end]).TrimEnd('.');
    }
}
