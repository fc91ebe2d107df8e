using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr;
using Dapr.Client;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Substitutes;

public sealed class DaprAspNetCoreTests : IAsyncLifetime
{
    private const string AppToken = "secret-of-the-app";
    private WebApplication app = null!;
    private HttpClient http = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("urls", "http://127.0.0.1:0")]);
        builder.Services.AddAuthentication().AddDapr(options => options.Token = AppToken);
        builder.Services.AddAuthorization(options => options.AddDapr());
        builder.Services.AddDaprClient();
        app = builder.Build();
        app.UseCloudEvents(new CloudEventsMiddlewareOptions { ForwardCloudEventPropertiesAsHeaders = true });
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapSubscribeHandler();
        app.MapPost("/echo", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            return Results.Json(new
            {
                body = await reader.ReadToEndAsync(),
                type = context.Request.ContentType,
                id = context.Request.Headers["Cloudevent.id"].ToString(),
            });
        });
        app.MapPost("/events/cases", () => Results.Ok()).WithTopic(
            new TopicOptions { PubsubName = "pubsub", Name = "jiceng.grid.case.v1", DeadLetterTopic = "dead" }).RequireAuthorization("Dapr");
        app.MapPost("/events/closed", [Topic("pubsub", "jiceng.grid.case.v1", "event.type == 'closed'", 1)] () => Results.Ok());
        app.MapPost("/events/raw", () => Results.Ok()).WithTopic("pubsub", "raw", true, new Dictionary<string, string> { ["k"] = "v" });
        await app.StartAsync();
        http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.DisposeAsync();
    }

    [Fact]
    public async Task SubscribeHandler_TellsEveryTopicWithItsRoutes()
    {
        using var response = await http.GetAsync("/dapr/subscribe");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType.ShouldBeNull();
        var told = JsonNode.Parse(await response.Content.ReadAsStringAsync());
        var expected = JsonNode.Parse(
            """
            [
              {
                "topic": "jiceng.grid.case.v1", "pubsubName": "pubsub", "deadLetterTopic": "dead",
                "routes": { "rules": [{ "match": "event.type == 'closed'", "path": "events/closed" }], "default": "events/cases" }
              },
              { "topic": "raw", "pubsubName": "pubsub", "route": "events/raw", "metadata": { "k": "v", "rawPayload": "true" } }
            ]
            """);
        JsonNode.DeepEquals(told, expected).ShouldBeTrue(told!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"id":"1","data":{"n":1}}""", """{"n":1}""", "application/json")]
    [InlineData("""{"id":"1","datacontenttype":"application/json; charset=utf-8","data":"x"}""", "\"x\"", "application/json")]
    [InlineData("""{"id":"1","datacontenttype":"text/plain","data":"say \"hi\""}""", "say \"hi\"", "text/plain")]
    [InlineData("""{"id":"1","datacontenttype":"application/x+json","data":"x"}""", "\"x\"", "application/x+json")]
    [InlineData("""{"id":"1","datacontenttype":"application/octet-stream","data_base64":"aGk="}""", "hi", "application/octet-stream")]
    [InlineData("""{"id":"1"}""", "", null)]
    public async Task UseCloudEvents_PutsTheDataInThePlaceOfTheEvent(string sent, string body, string? type)
    {
        var seen = await EchoAsync(sent, "application/cloudevents+json");

        seen.GetProperty("body").GetString().ShouldBe(body);
        seen.GetProperty("type").GetString().ShouldBe(type);
        seen.GetProperty("id").GetString().ShouldBe("1");
    }

    [Fact]
    public async Task UseCloudEvents_OfAnotherType_ChangesNothing() =>
        (await EchoAsync("""{"data":1}""", "application/json")).GetProperty("body").GetString().ShouldBe("""{"data":1}""");

    [Fact]
    public async Task UseCloudEvents_WithBothKindsOfData_Refuses()
    {
        using var content = Content("""{"data":1,"data_base64":"aGk="}""", "application/cloudevents+json");
        using var response = await http.PostAsync("/echo", content);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData(AppToken, HttpStatusCode.OK)]
    public async Task AppToken_LetsOnlyTheSidecarIn(string? token, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events/cases");
        if (token is not null)
            request.Headers.Add("dapr-api-token", token);
        using var response = await http.SendAsync(request);

        response.StatusCode.ShouldBe(expected);
    }

    [Fact]
    public void AddDaprClient_AddsOneClient()
    {
        var client = app.Services.GetRequiredService<DaprClient>();

        client.ShouldBeSameAs(app.Services.GetRequiredService<DaprClient>());
        client.JsonSerializerOptions.PropertyNamingPolicy.ShouldBe(JsonNamingPolicy.CamelCase);
    }

    private async Task<JsonElement> EchoAsync(string sent, string type)
    {
        using var content = Content(sent, type);
        using var response = await http.PostAsync("/echo", content);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private static StringContent Content(string text, string type) => new(text, Encoding.UTF8, type);
}
