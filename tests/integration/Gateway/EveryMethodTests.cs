using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Contracts;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Every method of the contracts by Connect and JSON, the messages made from the descriptors.</summary>
public sealed class EveryMethodTests : IAsyncLifetime
{
    private readonly TestTokens _tokens = new();
    private Upstream _upstream = null!;
    private GatewayRun _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(_tokens, echoes: false);
        _gateway = await GatewayRun.StartAsync(_upstream.Address, _tokens);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        _tokens.Dispose();
    }

    [Fact]
    public async Task EveryMethod_WithoutToken_IsUnauthenticated()
    {
        using var client = new ConnectClient(_gateway, token: ConnectClient.NoToken);
        foreach (var method in Methods())
        {
            var streams = method.IsClientStreaming || method.IsServerStreaming;
            using var answer = streams
                ? await client.SendAsync(Path(method), ConnectClient.Envelope("{}"), "application/connect+json", "jiceng-service: grid")
                : await client.CallAsync(Path(method), "{}", "jiceng-service: grid");
            answer.StatusCode.ShouldBe(streams ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, Path(method));
            var error = streams
                ? (await ConnectClient.NextAsync(await answer.Content.ReadAsStreamAsync())).Json.GetProperty("error")
                : await ConnectClient.JsonOfAsync(answer);
            (error.GetProperty("code").GetString(), ConnectClient.InfoOf(error).GetProperty("reason").GetString()).ShouldBe(("unauthenticated", "TOKEN_MISSING"), Path(method));
        }
    }

    [Fact]
    public async Task EveryMethod_WithOneAnswer_GetsItsRequestAndGivesItsAnswer()
    {
        using var client = new ConnectClient(_gateway);
        var called = 0;
        foreach (var method in Methods().Where(method => method is { IsClientStreaming: false, IsServerStreaming: false }))
        {
            var request = new SampleMessages(called).Of(method.InputType);
            var response = new SampleMessages(called + 1).Of(method.OutputType);
            _upstream.Seen.Answer = _ => response.ToByteArray();

            using var answer = await client.CallAsync(Path(method), JsonFormatter.Default.Format(request), "jiceng-service: grid");

            var json = await answer.Content.ReadAsStringAsync();
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{Path(method)}: {json}");
            method.InputType.Parser.ParseFrom(_upstream.Seen.Asked).ShouldBe(request, Path(method));
            using var expected = JsonDocument.Parse(JsonFormatter.Default.Format(response));
            using var told = JsonDocument.Parse(json);
            JsonElement.DeepEquals(told.RootElement, expected.RootElement).ShouldBeTrue(Path(method));
            called++;
        }

        called.ShouldBeGreaterThan(70);
    }

    private static IEnumerable<MethodDescriptor> Methods() => ContractFiles.Services.SelectMany(service => service.Methods);

    private static string Path(MethodDescriptor method) => $"{method.Service.FullName}/{method.Name}";
}
