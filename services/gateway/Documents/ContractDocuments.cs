using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Jiceng.Contracts;
using Jiceng.Gateway.OpenApi;
using Jiceng.Gateway.Routing;

namespace Jiceng.Gateway.Documents;

/// <summary>Everything that the gateway publishes about the contracts, by path, made once at start.</summary>
internal sealed class ContractDocuments
{
    public const string English = "/openapi.json";
    public const string Chinese = "/openapi.zh.json";
    public const string Descriptors = "/contracts/jiceng.binpb";
    private const string Text = "text/plain; charset=utf-8";
    private const string Json = "application/json";

    public ContractDocuments(ContractMethods methods, OpenApiGenerator openApi)
    {
        var version = PublishedContracts.Version;
        (string Path, Document Document, string English, string Chinese)[] files =
        [
            (English, new Document(Json, openApi.Write(DocumentLanguage.English)), "Every method as OpenAPI 3.1, in English", "OpenAPI 3.1 接口描述（英文）"),
            (Chinese, new Document(Json, openApi.Write(DocumentLanguage.Chinese)), "Every method as OpenAPI 3.1, in Chinese", "OpenAPI 3.1 接口描述（中文）"),
            (Descriptors, new Document("application/octet-stream", methods.DescriptorSet), "The descriptor set, with comments (FileDescriptorSet)", "描述符集（含注释，FileDescriptorSet）"),
            ($"/contracts/jiceng-protos-{version}.zip", new Document("application/zip", ProtoArchive.Write(PublishedContracts.ReadProtos()), packed: true), "The proto files", "proto 文件"),
            ("/contracts/changelog.md", new Document(Text, Resource("CHANGELOG.md")), "The change log", "变更记录"),
            ("/contracts/compatibility.md", new Document(Text, Resource("contracts.md")), "What stays compatible, and for how long", "兼容性承诺与版本期限"),
            ("/contracts/errors.md", new Document(Text, Resource("errors.md")), "Every reason for refusal", "错误原因一览"),
        ];
        All = files.ToDictionary(file => file.Path, file => file.Document, StringComparer.Ordinal);
        Index = new Document(Json, JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                version,
                page = "/docs/index.html",
                files = files.Select(file => new { path = file.Path, description = file.English, descriptionZh = file.Chinese, bytes = file.Document.Bytes.Length, sha256 = file.Document.Digest }),
            },
            OpenApiGenerator.Indented));
        Page = new Document("text/html; charset=utf-8", Encoding.UTF8.GetBytes(Html(version, files)));
    }

    public IReadOnlyDictionary<string, Document> All { get; }

    /// <summary>What there is, for programs.</summary>
    public Document Index { get; }

    /// <summary>What there is, for people.</summary>
    public Document Page { get; }

    private static string Html(string version, IEnumerable<(string Path, Document Document, string English, string Chinese)> files)
    {
        var rows = files.Select(file =>
            $"<tr><td><a href=\"{file.Path}\">{file.Path}</a></td><td>{WebUtility.HtmlEncode(file.English)}<br>{WebUtility.HtmlEncode(file.Chinese)}</td><td>{file.Document.Bytes.Length}</td><td><code>{file.Document.Digest}</code></td></tr>");
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>Jiceng contracts {version}</title></head>
            <body>
            <h1>Jiceng contracts {version} <small>基层接口契约</small></h1>
            <p><a href="/docs/index.html">Browse the methods 浏览接口</a></p>
            <table border="1" cellpadding="6">
            <tr><th>File 文件</th><th>What it is 说明</th><th>Bytes 字节</th><th>SHA-256</th></tr>
            {string.Join('\n', rows)}
            </table>
            </body>
            </html>

            """;
    }

    private static byte[] Resource(string name)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the gateway.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
