using System.Net;
using Grpc.Core;
using Dapr.Client.Autogen.Grpc.v1;

namespace Jiceng.SidecarConformance;

/// <summary>DAPR_API_TOKEN and APP_API_TOKEN.</summary>
public sealed class TokenTests(Broker broker)
{
    private const string ApiToken = "let-me-in";
    private readonly string _topic = Unique.Name("token");

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("let-me-in-too")]
    public async Task Http_WithoutTheToken_IsUnauthorized(string? token)
    {
        await using var sidecar = await StartAsync();
        if (token is not null) sidecar.Http.DefaultRequestHeaders.Add("dapr-api-token", token);
        using var response = await sidecar.PublishAsync(_topic, "1");
        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Trim().ShouldBe("invalid api token");
        (await broker.LengthAsync(_topic)).ShouldBe(0);
    }

    [Fact]
    public async Task Http_WithTheToken_IsServed()
    {
        await using var sidecar = await StartAsync();
        sidecar.Http.DefaultRequestHeaders.Add("dapr-api-token", ApiToken);
        await sidecar.SendAsync(_topic, "1");
    }

    [Theory]
    [InlineData("healthz", HttpStatusCode.NoContent)]
    [InlineData("healthz/outbound", HttpStatusCode.NoContent)]
    [InlineData("metadata", HttpStatusCode.Unauthorized)]
    public async Task Http_OnlyHealth_NeedsNoToken(string path, HttpStatusCode expected)
    {
        await using var sidecar = await StartAsync();
        using var response = await sidecar.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task Grpc_WithoutTheToken_IsUnauthenticated()
    {
        await using var sidecar = await StartAsync();
        using var call = sidecar.Grpc.GetMetadataAsync(new GetMetadataRequest(), cancellationToken: TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<RpcException>(call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.Unauthenticated);
        var headers = new Metadata { { "dapr-api-token", ApiToken } };
        (await sidecar.Grpc.GetMetadataAsync(new GetMetadataRequest(), headers, cancellationToken: TestContext.Current.CancellationToken)).Id.ShouldBe(sidecar.AppId);
    }

    [Fact]
    public async Task AppToken_Set_IsSentOnlyToTheApp()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup
        {
            App = app,
            Resources = [Resource.Component(broker.Address)],
            Environment = new Dictionary<string, string> { ["APP_API_TOKEN"] = "from-the-sidecar" },
        });
        await sidecar.SendAsync(_topic, "1");
        (await app.ReceivedOneAsync()).Header("dapr-api-token").ShouldBe("from-the-sidecar");
        app.Questions.Single(q => q.Path == "/dapr/subscribe").Header("dapr-api-token").ShouldBe("from-the-sidecar");
    }

    private Task<DaprSidecar> StartAsync() => DaprSidecar.StartAsync(new Setup
    {
        Resources = [Resource.Component(broker.Address)],
        Environment = new Dictionary<string, string> { ["DAPR_API_TOKEN"] = ApiToken },
    });
}
