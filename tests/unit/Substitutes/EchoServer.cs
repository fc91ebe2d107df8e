using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.HealthCheck;
using Grpc.Net.Client;
using Grpc.Reflection;
using Jiceng.UnitTests.Substitutes.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jiceng.UnitTests.Substitutes;

/// <summary>A real server on a free port, and a channel to it.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private static readonly Google.Protobuf.Reflection.ServiceDescriptor[] Described = [EchoService.Descriptor];
    private readonly WebApplication app;

    private EchoServer(WebApplication app)
    {
        this.app = app;
        Channel = GrpcChannel.ForAddress(app.Urls.Single());
        Client = new EchoService.EchoServiceClient(Channel);
    }

    public GrpcChannel Channel { get; }

    public EchoService.EchoServiceClient Client { get; }

    public CallLog Log => app.Services.GetRequiredService<CallLog>();

    public HealthServiceImpl Health => app.Services.GetRequiredService<HealthServiceImpl>();

    public static async Task<EchoServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton<CallLog>();
        builder.Services.AddSingleton<HealthServiceImpl>();
        builder.Services.AddSingleton(_ => new ReflectionServiceImpl(Described));
        builder.Services.AddSingleton(_ => new ReflectionV1ServiceImpl(Described));
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<LogInterceptor>());
        var app = builder.Build();
        app.MapGrpcService<EchoMethods>();
        app.MapGrpcService<HealthServiceImpl>();
        app.MapGrpcService<ReflectionServiceImpl>();
        app.MapGrpcService<ReflectionV1ServiceImpl>();
        await app.StartAsync();
        return new EchoServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await app.DisposeAsync();
    }
}

internal sealed class CallLog
{
    public TaskCompletionSource<string> Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public System.Collections.Concurrent.ConcurrentQueue<string> Methods { get; } = [];
}

internal sealed class LogInterceptor(CallLog log) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        log.Methods.Enqueue(context.Method);
        return continuation(request, context);
    }
}

internal sealed class EchoMethods(CallLog log) : EchoService.EchoServiceBase
{
    public override async Task<EchoMessage> Say(EchoMessage request, ServerCallContext context)
    {
        var colour = context.RequestHeaders.GetValue("colour");
        if (colour is not null)
            await context.WriteResponseHeadersAsync(new Metadata { { "colour-back", colour } });
        switch (request.Text)
        {
            case "refuse":
                var trailers = new Metadata { { "reason", "TOO_LATE" }, { "detail-bin", [1, 2, 3] } };
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "the case is closed"), trailers);
            case "crash":
                throw new InvalidOperationException("not for the caller's eyes");
            case "wait":
                try
                {
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                }
                catch (OperationCanceledException)
                {
                    log.Cancelled.TrySetResult(request.Text);
                    throw;
                }

                break;
        }

        context.ResponseTrailers.Add("answered", "yes");
        return new EchoMessage { Text = request.Text, Number = context.Deadline == DateTime.MaxValue ? 0 : 1 };
    }

    public override async Task Repeat(EchoMessage request, IServerStreamWriter<EchoMessage> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Number; i++)
            await responseStream.WriteAsync(new EchoMessage { Text = request.Text, Number = i }, context.CancellationToken);
    }

    public override async Task<EchoMessage> Join(IAsyncStreamReader<EchoMessage> requestStream, ServerCallContext context)
    {
        var texts = new List<string>();
        await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken))
            texts.Add(message.Text);
        return new EchoMessage { Text = string.Concat(texts), Number = texts.Count };
    }

    public override async Task Chat(
        IAsyncStreamReader<EchoMessage> requestStream, IServerStreamWriter<EchoMessage> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext())
            await responseStream.WriteAsync(requestStream.Current);
    }
}
