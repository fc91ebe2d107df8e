using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

public sealed class PortTests : IAsyncLifetime
{
    private readonly TestTokens _tokens = new();
    private readonly TlsFiles _tls = new();
    private Upstream _upstream = null!;
    private GatewayRun _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(_tokens);
        _gateway = await GatewayRun.StartAsync(_upstream.Address, _tokens, _tls.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        _tls.Dispose();
        _tokens.Dispose();
    }

    [Fact]
    public async Task TlsPort_Grpc_IsHttp2()
    {
        using var channel = GrpcChannel.ForAddress(_gateway.TlsAddress, new GrpcChannelOptions { HttpHandler = Trusting(), DisposeHttpClient = true });

        var node = await new NodeService.NodeServiceClient(channel).GetNodeAsync(new GetNodeRequest { Code = "140224" }, _gateway.Caller());
        node.Code.ShouldBe("140224");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task TlsPort_Http_NegotiatesTheVersionAskedFor(string version)
    {
        using var client = new HttpClient(Trusting()) { DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var answer = await client.GetAsync(new Uri(_gateway.TlsAddress, "/livez"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Version.ToString().ShouldBe(version);
    }

    [Theory]
    [InlineData("/jiceng.grid.v1.NodeService/GetNode", "POST", HttpStatusCode.UnsupportedMediaType, "NOT_GRPC")]
    [InlineData("/jiceng.grid.v1.NodeService/GetNode", "GET", HttpStatusCode.UnsupportedMediaType, "NOT_GRPC")]
    [InlineData("/nothing/here", "GET", HttpStatusCode.NotFound, "METHOD_UNKNOWN")]
    [InlineData("/", "GET", HttpStatusCode.NotFound, "METHOD_UNKNOWN")]
    public async Task PlainHttp_IsAnsweredWithAProblem(string path, string verb, HttpStatusCode status, string reason)
    {
        using var client = new HttpClient(Trusting());
        using var request = new HttpRequestMessage(new HttpMethod(verb), new Uri(_gateway.TlsAddress, path));

        using var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("title").GetString().ShouldBe(reason);
        problem.GetProperty("domain").GetString().ShouldBe("gateway.jiceng");
        problem.GetProperty("trace_id").GetString()!.Length.ShouldBe(32);
    }

    [Theory]
    [InlineData("application/grpc-web+json")]
    [InlineData("application/connect+json")]
    [InlineData("application/json; charset=gbk")]
    [InlineData("application/grpcx")]
    public async Task OtherContentType_IsRefusedWithTheOnesThatFit(string type)
    {
        using var client = new HttpClient { DefaultRequestVersion = new Version(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var body = new ByteArrayContent([0, 0, 0, 0, 0]);
        body.Headers.TryAddWithoutValidation("content-type", type);

        using var answer = await client.PostAsync(new Uri(_gateway.GrpcAddress, "/jiceng.grid.v1.NodeService/GetNode"), body);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("title").GetString().ShouldBe("NOT_GRPC");
        problem.GetProperty("detail").GetString()!.ShouldContain("application/json, application/proto, application/grpc-web");
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    public async Task HttpPort_Probes_AnswerWithoutToken(string path)
    {
        using var client = new HttpClient();
        (await client.GetAsync(new Uri(_gateway.HttpAddress, path))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task GrpcHealth_OfTheGatewayAndOfWhatItForwards_IsServing()
    {
        var health = new Health.HealthClient(_gateway.Channel);
        foreach (var service in (string[])["", "jiceng.grid.v1.CaseService"])
            (await health.CheckAsync(new HealthCheckRequest { Service = service })).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);

        var e = await Should.ThrowAsync<RpcException>(async () => await health.CheckAsync(new HealthCheckRequest { Service = "jiceng.tax.v1.TaxService" }));
        e.StatusCode.ShouldBe(StatusCode.NotFound);
    }

    [Fact]
    public async Task Reflection_TellsEveryServiceOfTheContracts()
    {
        using var call = new ServerReflection.ServerReflectionClient(_gateway.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        (await call.ResponseStream.MoveNext()).ShouldBeTrue();
        var names = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToArray();
        foreach (var service in new Jiceng.Gateway.Routing.ContractMethods().Services) names.ShouldContain(service.FullName);

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = "jiceng.grid.v1.CaseService" });
        (await call.ResponseStream.MoveNext()).ShouldBeTrue();
        call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto.ShouldNotBeEmpty();
        await call.RequestStream.CompleteAsync();
    }

    private SocketsHttpHandler Trusting() => new()
    {
        SslOptions =
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString(HashAlgorithmName.SHA256) == _tls.Fingerprint,
        },
    };
}
