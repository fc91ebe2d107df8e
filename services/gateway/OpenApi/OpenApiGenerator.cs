using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Jiceng.Contracts;
using Jiceng.Gateway.Routing;
using Microsoft.OpenApi;
using Yarp.ReverseProxy.Configuration;

namespace Jiceng.Gateway.OpenApi;

/// <summary>The methods of the contracts as OpenAPI 3.1 describes them, in one language.</summary>
internal sealed class OpenApiGenerator(ContractMethods methods, IProxyConfigProvider routes, IConfiguration configuration)
{
    /// <summary>JSON for people.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    public byte[] Write(DocumentLanguage language)
    {
        var schemas = new OpenApiSchemas(language, [.. methods.Services.SelectMany(service => service.Methods)]);
        var errors = new OpenApiErrors(language);
        var document = new OpenApiDocument
        {
            Info = new OpenApiInfo { Title = language.Choose("Jiceng county suite", "基层县域服务接口"), Version = PublishedContracts.Version, Description = Introduction(language) },
            Servers = [new OpenApiServer { Url = "/", Description = language.Choose("This gateway", "本网关") }],
            ExternalDocs = new OpenApiExternalDocs
            {
                Url = new Uri("/contracts", UriKind.Relative),
                Description = language.Choose("Descriptors, protos, change log and what stays compatible", "描述符、proto 文件、变更记录与兼容性承诺"),
            },
            Tags = methods.Services.Select(service => new OpenApiTag { Name = service.FullName, Description = language.CommentOf(service) }).ToHashSet(),
            Paths = new OpenApiOperations(language, methods, routes.GetConfig(), schemas, errors).Paths(),
            Components = new OpenApiComponents
            {
                Schemas = new Dictionary<string, IOpenApiSchema>([.. schemas.All, .. errors.Schemas()]),
                Responses = errors.Responses,
                Parameters = new Dictionary<string, IOpenApiParameter> { ["Connect-Timeout-Ms"] = Timeout(language) },
                Headers = Headers(language),
                SecuritySchemes = SecuritySchemes(language),
            },
        };
        // A requirement is written only when the document knows its scheme.
        document.RegisterComponents();
        document.Security = [.. document.Components.SecuritySchemes.Keys.Select(name => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(name, document)] = [] })];
        using var json = new StringWriter();
        document.SerializeAsV31(new OpenApiJsonWriter(json, new OpenApiJsonWriterSettings { Terse = true }));
        return Encoding.UTF8.GetBytes(json.ToString());
    }

    private static string Introduction(DocumentLanguage language) => language.Choose(
        """
        Every method of the contracts by [Connect](https://connectrpc.com/docs/protocol): a POST of JSON to `/package.Service/Method`. The same methods are there by gRPC and gRPC-Web.

        - The JSON is [that of protobuf](https://protobuf.dev/programming-guides/json/). Empty fields are left out of answers; names of the proto are read too.
        - 64-bit numbers are written as strings and read as numbers too. Times are RFC 3339, in answers in UTC. Enums are names of values, masks are names of fields with commas between them.
        - A request with a field that its message does not have is refused. Answers may get more fields with time, and enums more values: ignore what you do not know.
        - `requestId` makes a change safe to repeat: send a new UUID with each new request, and the same one when you send it again.
        - Failures are JSON with a code, a message and details; see the responses.
        """,
        """
        契约中的每个方法均可通过 [Connect](https://connectrpc.com/docs/protocol) 调用：以 POST 将 JSON 发往 `/包名.服务/方法`。同样的方法也可用 gRPC 与 gRPC-Web 调用。

        - JSON 遵循 [protobuf 的 JSON 映射](https://protobuf.dev/programming-guides/json/)。返回内容省略空字段；也接受 proto 中的字段名。
        - 64 位整数写作字符串，也接受数字。时间为 RFC 3339，返回时为 UTC。枚举写值的名称，字段掩码为以逗号分隔的字段名。
        - 请求中有消息所没有的字段时拒绝。返回内容今后可能增加字段，枚举可能增加值，请忽略不认识的内容。
        - `requestId` 使变更可以安全重试：每个新请求用新的 UUID，重发同一请求时用原来的。
        - 失败以 JSON 返回，含代码、说明与详情，见各响应。
        """);

    private Dictionary<string, IOpenApiSecurityScheme> SecuritySchemes(DocumentLanguage language)
    {
        var schemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = language.Choose("A token with roles and places; see docs/security.md.", "含角色与管辖地区的令牌，见 docs/security.md。"),
            },
        };
        if (configuration["Authentication:Authority"] is { Length: > 0 } authority)
        {
            var discovery = new Uri($"{authority.TrimEnd('/')}/.well-known/openid-configuration");
            schemes["issuer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.OpenIdConnect, OpenIdConnectUrl = discovery };
        }

        return schemes;
    }

    private static OpenApiParameter Timeout(DocumentLanguage language) => new()
    {
        Name = "Connect-Timeout-Ms",
        In = ParameterLocation.Header,
        Description = language.Choose("The caller's deadline in milliseconds; without one a call with one answer has that of the gateway.", "调用方的时限（毫秒）；未设置时，单次返回的调用采用网关的时限。"),
        Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "0" },
    };

    private static Dictionary<string, IOpenApiHeader> Headers(DocumentLanguage language) => new()
    {
        ["RateLimit-Policy"] = Header(language.Choose("The caller's rate for the class of the method: the burst, and the seconds in which it comes back.", "调用方在该类方法上的限流规则：突发次数，及其恢复所需秒数。"), "\"read\";q=1000;w=5"),
        ["RateLimit"] = Header(language.Choose("Calls that may follow at once, and the seconds until all may.", "可立即继续的调用次数，及全部恢复所需秒数。"), "\"read\";r=957;t=1"),
        ["Retry-After"] = Header(language.Choose("Seconds after which the same call may pass.", "多少秒后重试可能成功。"), "1"),
    };

    private static OpenApiHeader Header(string description, string example) => new()
    {
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        Example = example,
    };
}
