using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Jiceng.UnitTests.Substitutes.V1;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Substitutes;

public sealed class GrpcCallTests : IAsyncLifetime
{
    private EchoServer server = null!;

    private EchoService.EchoServiceClient Client => server.Client;

    public async ValueTask InitializeAsync() => server = await EchoServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Unary_WithHeaders_AnswersHeadersMessageAndTrailers()
    {
        using var call = Client.SayAsync(new EchoMessage { Text = "你好" }, new Metadata { { "Colour", "green" } });

        (await call.ResponseHeadersAsync).GetValue("colour-back").ShouldBe("green");
        (await call).Text.ShouldBe("你好");
        call.GetStatus().ShouldBe(Status.DefaultSuccess);
        call.GetTrailers().GetValue("answered").ShouldBe("yes");
    }

    [Fact]
    public void BlockingUnary_Answers() => Client.Say(new EchoMessage { Text = "a" }).Text.ShouldBe("a");

    [Fact]
    public async Task ServerStreaming_ReadsEveryMessageInOrder()
    {
        using var call = Client.Repeat(new EchoMessage { Text = "x", Number = 50 });

        var numbers = new List<int>();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
            numbers.Add(message.Number);

        numbers.ShouldBe(Enumerable.Range(0, 50));
    }

    [Fact]
    public async Task ClientStreaming_SendsEveryMessage()
    {
        using var call = Client.Join();
        foreach (var text in new[] { "a", "b", "c" })
            await call.RequestStream.WriteAsync(new EchoMessage { Text = text });
        await call.RequestStream.CompleteAsync();

        (await call).ShouldBe(new EchoMessage { Text = "abc", Number = 3 });
    }

    [Fact]
    public async Task DuplexStreaming_AnswersWhileTheClientStillWrites()
    {
        using var call = Client.Chat();
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.RequestStream.WriteAsync(new EchoMessage { Text = text });
            (await call.ResponseStream.MoveNext()).ShouldBeTrue();
            call.ResponseStream.Current.Text.ShouldBe(text);
        }

        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext()).ShouldBeFalse();
    }

    [Fact]
    public async Task Unary_Refused_ThrowsWithStatusAndTrailers()
    {
        var refused = await Should.ThrowAsync<RpcException>(async () => await Client.SayAsync(new EchoMessage { Text = "refuse" }));

        refused.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        refused.Status.Detail.ShouldBe("the case is closed");
        refused.Trailers.GetValue("reason").ShouldBe("TOO_LATE");
        refused.Trailers.GetValueBytes("detail-bin").ShouldBe(new byte[] { 1, 2, 3 });
    }

    [Fact]
    public async Task Unary_ServerCrashes_ThrowsUnknownWithoutItsText()
    {
        var crashed = await Should.ThrowAsync<RpcException>(async () => await Client.SayAsync(new EchoMessage { Text = "crash" }));

        crashed.StatusCode.ShouldBe(StatusCode.Unknown);
        crashed.Status.Detail.ShouldNotContain("caller's eyes");
    }

    [Fact]
    public async Task Unary_PastItsDeadline_EndsOnBothSides()
    {
        var late = await Should.ThrowAsync<RpcException>(async () =>
            await Client.SayAsync(new EchoMessage { Text = "wait" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(300)));

        late.StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
        (await server.Log.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(90))).ShouldBe("wait");
    }

    [Fact]
    public async Task Unary_Cancelled_EndsOnBothSides()
    {
        using var cancel = new CancellationTokenSource();
        var call = Client.SayAsync(new EchoMessage { Text = "wait" }, cancellationToken: cancel.Token);
        while (server.Log.Methods.IsEmpty)
            await Task.Delay(10);
        await cancel.CancelAsync();

        (await Should.ThrowAsync<RpcException>(async () => await call)).StatusCode.ShouldBe(StatusCode.Cancelled);
        (await server.Log.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(90))).ShouldBe("wait");
    }

    [Fact]
    public async Task Unary_ServerInterceptor_SeesTheMethod()
    {
        await Client.SayAsync(new EchoMessage { Text = "a" });

        server.Log.Methods.ShouldBe(["/jiceng.tests.substitutes.v1.EchoService/Say"]);
    }

    [Fact]
    public async Task Unary_ClientInterceptors_RunInTheOrderNamed()
    {
        var seen = new List<string>();
        var invoker = server.Channel.Intercept(new Named("outer", seen), new Named("inner", seen))
            .Intercept(headers => [.. headers, new Metadata.Entry("colour", "red")]);

        using var call = new EchoService.EchoServiceClient(invoker).SayAsync(new EchoMessage { Text = "a" });

        (await call.ResponseHeadersAsync).GetValue("colour-back").ShouldBe("red");
        (await call).Text.ShouldBe("a");
        seen.ShouldBe(["outer", "inner"]);
    }

    [Fact]
    public async Task CallCredentials_OverPlainTextWhenAllowed_AddTheirHeader()
    {
        var credentials = CallCredentials.Compose(
            CallCredentials.FromInterceptor((context, headers) =>
            {
                headers.Add("colour", context.MethodName);
                return Task.CompletedTask;
            }),
            CallCredentials.FromInterceptor((_, _) => Task.CompletedTask));
        using var channel = GrpcChannel.ForAddress(
            $"http://{server.Channel.Target}", new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true });

        using var call = new EchoService.EchoServiceClient(channel).SayAsync(
            new EchoMessage(), new CallOptions(credentials: credentials));

        (await call.ResponseHeadersAsync).GetValue("colour-back").ShouldBe("Say");
    }

    private sealed class Named(string name, List<string> seen) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add(name);
            return continuation(request, context);
        }
    }
}
