using System.Net;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Jiceng.Contracts;
using Jiceng.Gateway.Documents;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>The OpenAPI documents: valid by somebody else's word, and true of what the gateway reads and writes.</summary>
public sealed class OpenApiTests : IAsyncLifetime
{
    private const string GetNode = "/jiceng.grid.v1.NodeService/GetNode";
    private readonly TestTokens _tokens = new();
    private Upstream _upstream = null!;
    private GatewayRun _gateway = null!;
    private PublishedFiles _files = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(_tokens, echoes: false);
        _gateway = await GatewayRun.StartAsync(_upstream.Address, _tokens, ("Limits:CallBurst", "100000"));
        _files = new PublishedFiles(_gateway);
    }

    public async ValueTask DisposeAsync()
    {
        _files.Dispose();
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        _tokens.Dispose();
    }

    [Fact]
    public async Task Documents_ByAnIndependentValidator_AreValid_AndAnswersOfEveryMethodFitThem()
    {
        using var client = new ConnectClient(_gateway);
        var answers = new List<(string Path, JsonNode Json)>();
        foreach (var method in ContractFiles.Services.SelectMany(service => service.Methods).Where(method => method is { IsClientStreaming: false, IsServerStreaming: false }))
        {
            for (var seed = 0; seed < 5; seed++)
            {
                var sent = new SampleMessages(seed).Of(method.OutputType).ToByteArray();
                _upstream.Seen.Answer = _ => sent;
                using var answer = await client.CallAsync($"{method.Service.FullName}/{method.Name}", "{}", "jiceng-service: grid");
                var json = await answer.Content.ReadAsStringAsync();
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, json);
                answers.Add(($"/{method.Service.FullName}/{method.Name}", JsonNode.Parse(json)!));
            }
        }

        var (problems, counts) = await OpenApiValidator.CheckAsync(
            [("English", await _files.BytesAsync(ContractDocuments.English)), ("Chinese", await _files.BytesAsync(ContractDocuments.Chinese))], answers);

        problems.ShouldBeEmpty();
        counts["documents"].ShouldBe(2);
        counts["samples"].ShouldBe(answers.Count);
        answers.Count.ShouldBeGreaterThan(350);
    }

    [Fact]
    public async Task Documents_AnswerThatFitsNot_IsFound()
    {
        var (problems, _) = await OpenApiValidator.CheckAsync(
            [("English", await _files.BytesAsync(ContractDocuments.English))], [(GetNode, new JsonObject { ["code"] = 1 }), (GetNode, new JsonObject { ["unknown"] = "x" })]);

        problems.ShouldContain("answer of /jiceng.grid.v1.NodeService/GetNode");
        problems.ShouldContain("must be string");
        problems.ShouldContain("must NOT have additional properties");
    }

    [Theory]
    [InlineData(ContractDocuments.English)]
    [InlineData(ContractDocuments.Chinese)]
    public async Task Examples_OfEveryMethod_AreReadByTheGateway(string document)
    {
        _upstream.Seen.Answer = _ => [];
        using var client = new ConnectClient(_gateway);
        var called = 0;
        foreach (var (path, item) in (await _files.JsonAsync(document))["paths"]!.AsObject())
        {
            if (item!["post"]!["requestBody"]!["content"]!["application/json"] is not { } content) continue;
            using var answer = await client.CallAsync(path[1..], content["example"]?.ToJsonString() ?? "{}", "jiceng-service: grid");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{path}: {await answer.Content.ReadAsStringAsync()}");
            called++;
        }

        called.ShouldBeGreaterThan(70);
    }

    [Fact]
    public async Task Document_EveryMethodOfTheContracts_IsThere()
    {
        var document = await _files.JsonAsync(ContractDocuments.English);
        document["openapi"]!.GetValue<string>().ShouldBe("3.1.2");
        document["paths"]!.AsObject().Select(path => path.Key).ShouldBe(
            ContractFiles.Services.SelectMany(service => service.Methods).Select(method => $"/{method.Service.FullName}/{method.Name}"), ignoreOrder: true);
        document["tags"]!.AsArray().Select(tag => tag!["name"]!.GetValue<string>()).ShouldBe(ContractFiles.Services.Select(service => service.FullName), ignoreOrder: true);
    }

    [Fact]
    public async Task Document_AMethod_SaysWhoMayCallItAndWhatItNeeds()
    {
        var document = await _files.JsonAsync(ContractDocuments.English);
        var get = document["paths"]![GetNode]!["post"]!;
        get["summary"]!.GetValue<string>().ShouldBe("GetNode: Returns a node by its code (查看网格)");
        get["description"]!.GetValue<string>().ShouldContain("**Access:** a role with `PERMISSION_NODE_READ`");
        get["x-jiceng-access"]!["permission"]!.GetValue<string>().ShouldBe("PERMISSION_NODE_READ");
        Names(Schema(document, "jiceng.grid.v1.GetNodeRequest")["required"]).ShouldBe(["code"]);
        get["responses"]!["404"].ShouldNotBeNull();
        var invalid = document["components"]!["responses"]!["grid.400"]!["description"]!.GetValue<string>();
        invalid.ShouldContain("`CASE_MOVE_FORBIDDEN`");
        invalid.ShouldContain("`FIELD_UNKNOWN`");
        invalid.ShouldNotContain("scoring.jiceng");
        document["components"]!["securitySchemes"]!["bearer"]!["scheme"]!.GetValue<string>().ShouldBe("bearer");
        document["components"]!["securitySchemes"]!["issuer"].ShouldBeNull();
    }

    [Fact]
    public async Task Document_Schemas_AreTheGatewaysJson()
    {
        var document = await _files.JsonAsync(ContractDocuments.English);
        var organization = Schema(document, "jiceng.cadre.v1.Organization")["properties"]!;
        organization["createTime"]!["format"]!.GetValue<string>().ShouldBe("date-time");
        organization["createTime"]!["readOnly"]!.GetValue<bool>().ShouldBeTrue();
        organization["kind"]!["$ref"]!.GetValue<string>().ShouldBe("#/components/schemas/jiceng.cadre.v1.OrganizationKind");
        Schema(document, "jiceng.common.v1.Event")["properties"]!["sequence"]!["type"]!.GetValue<string>().ShouldBe("string");
        var create = Schema(document, "jiceng.cadre.v1.CreateOrganizationRequest");
        Names(create["required"]).ShouldBe(["organization"]);
        Names(create["properties"]!["organization"]!["required"]).ShouldBe(["name", "kind", "placeCode"], ignoreOrder: true);
        create["additionalProperties"]!.GetValue<bool>().ShouldBeFalse();
        Schema(document, "jiceng.grid.v1.Node")["additionalProperties"].ShouldBeNull();
        Schema(document, "jiceng.cadre.v1.SearchPersonsRequest")["allOf"]![0]!["oneOf"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Document_AMethodOfAllServices_NeedsTheirName()
    {
        var read = (await _files.JsonAsync(ContractDocuments.English))["paths"]!["/jiceng.common.v1.MessagingService/ReadEvents"]!["post"]!;
        var header = read["parameters"]!.AsArray().Single(parameter => parameter!["name"]?.GetValue<string>() == "jiceng-service")!;
        header["required"]!.GetValue<bool>().ShouldBeTrue();
        Names(header["schema"]!["enum"]).ShouldBe(["cadre", "grid", "scoring"]);
    }

    [Fact]
    public async Task Document_AStream_IsDescribedAsOne()
    {
        var watch = (await _files.JsonAsync(ContractDocuments.English))["paths"]!["/jiceng.grid.v1.CaseService/WatchCases"]!["post"]!;
        watch["requestBody"]!["content"]!.AsObject().Select(type => type.Key).ShouldBe(["application/connect+json"]);
        watch["x-jiceng-stream"]!["answers"]!.GetValue<string>().ShouldBe("many");
        watch["description"]!.GetValue<string>().ShouldContain("envelope");
        watch["responses"]!.AsObject().Select(response => response.Key).ShouldBe(["200", "415"]);
    }

    [Fact]
    public async Task Document_InChinese_SaysWhatTheEnglishOneDoes()
    {
        var english = await _files.JsonAsync(ContractDocuments.English);
        var chinese = await _files.JsonAsync(ContractDocuments.Chinese);
        chinese["paths"]![GetNode]!["post"]!["description"]!.GetValue<string>().ShouldStartWith("按编码查看网格。");
        Schema(chinese, "jiceng.grid.v1.Node")["properties"]!["parentCode"]!["description"]!.GetValue<string>().ShouldBe("上级网格的编码；县级为空；仅用于返回。");
        Names(Schema(chinese, "jiceng.grid.v1.GetNodeRequest")["required"]).ShouldBe(["code"]);
        chinese["paths"]!.AsObject().Select(path => path.Key).ShouldBe(english["paths"]!.AsObject().Select(path => path.Key));
    }

    [Fact]
    public async Task Document_WithAnIssuer_NamesIt()
    {
        await using var issuer = new OidcIssuer();
        await using var run = await GatewayRun.StartAsync(_upstream.Address, _tokens, issuer.Settings);
        using var theirs = new PublishedFiles(run);
        (await theirs.JsonAsync(ContractDocuments.English))["components"]!["securitySchemes"]!["issuer"]!["openIdConnectUrl"]!.GetValue<string>()
            .ShouldBe($"{issuer.Address}/.well-known/openid-configuration");
    }

    private static JsonNode Schema(JsonObject document, string name) => document["components"]!["schemas"]![name]!;

    private static IEnumerable<string> Names(JsonNode? names) => names!.AsArray().Select(name => name!.GetValue<string>());
}
