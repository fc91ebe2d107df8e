using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Jiceng.Cli.Running;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>Every read-only method of the real services, called with plain HTTP and JSON.</summary>
[Collection(SuiteGroup.Name)]
public sealed class JsonCallTests(SuiteFixture suite)
{
    private static readonly string[] Reading = ["Get", "List", "Search", "Count", "Explain", "Validate", "ReadEvents"];

    /// <summary>Acceptable errors for an empty request; anything else is a bug.</summary>
    private static readonly string[] CallersFault = ["invalid_argument", "permission_denied", "not_found", "failed_precondition"];

    /// <summary>Existing resources of the demo county; other methods get an empty request.</summary>
    private static readonly Dictionary<string, string> Asked = new()
    {
        ["jiceng.grid.v1.NodeService/GetNode"] = $$"""{"code":"{{SuiteFixture.Village}}"}""",
        ["jiceng.grid.v1.CaseService/GetCaseStatistics"] = """{"startDate":"2026-01-01","endDate":"2026-12-31","groupBy":"GROUP_BY_NODE"}""",
        ["jiceng.cadre.v1.AppointmentService/GetTeamStructure"] = """{"placeCode":"140224"}""",
    };

    [Fact]
    public async Task ReadOnlyMethods_All_MatchOpenApiOrFailWithAReason()
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(suite.Installation.Secrets.CertificateFile);
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, presented, _, _) => presented?.Thumbprint == authority.Thumbprint,
        };
        using var http = new HttpClient(handler);
        var token = suite.Installation.Token(new TokenHolder(SuiteFixture.NewId(), "测试", ["county_organizer", "operator"], ["140224"]), TimeSpan.FromMinutes(10));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.Add("jiceng-service", "grid");
        var answers = new List<(string Path, JsonNode Json)>();
        var refused = 0;
        foreach (var method in Methods())
        {
            using var body = new StringContent(Asked.GetValueOrDefault(method, "{}"), new MediaTypeHeaderValue("application/json"));
            using var answer = await http.PostAsync(new Uri($"{suite.Installation.GatewayTlsAddress}/{method}"), body, TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var json = JsonDocument.Parse(text).RootElement;
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                answers.Add(($"/{method}", JsonNode.Parse(text)!));
                continue;
            }

            CallersFault.ShouldContain(json.GetProperty("code").GetString(), $"{method}: {text}");
            json.GetProperty("details").EnumerateArray().Single(detail => detail.GetProperty("type").GetString() == "google.rpc.ErrorInfo")
                .GetProperty("debug").GetProperty("reason").GetString().ShouldNotBeNullOrEmpty(method);
            refused++;
        }

        answers.Count.ShouldBeGreaterThan(8);
        (answers.Count + refused).ShouldBeGreaterThan(25);
        var document = await http.GetByteArrayAsync(new Uri($"{suite.Installation.GatewayTlsAddress}/openapi.json"), TestContext.Current.CancellationToken);
        var (problems, counts) = await OpenApiValidator.CheckAsync([("/openapi.json", document)], answers);
        problems.ShouldBeEmpty();
        counts["samples"].ShouldBe(answers.Count);
    }

    private static IEnumerable<string> Methods() => typeof(NodeService).Assembly.GetExportedTypes()
        .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
        .OfType<ServiceDescriptor>()
        .SelectMany(service => service.Methods)
        .Where(method => !method.IsServerStreaming && !method.IsClientStreaming && Reading.Any(verb => method.Name.StartsWith(verb, StringComparison.Ordinal)))
        .Select(method => $"{method.Service.FullName}/{method.Name}");
}
