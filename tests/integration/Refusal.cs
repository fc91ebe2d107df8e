using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Shouldly;

namespace Jiceng.IntegrationTests;

/// <summary>What a caller is told about a refused call: the code, the one ErrorInfo, the Chinese message, and when to try again.</summary>
internal sealed record Refusal(StatusCode Code, ErrorInfo Info, string Chinese, TimeSpan? RetryAfter)
{
    public static async Task<Refusal> OfAsync<T>(AsyncUnaryCall<T> call) => Of(await Should.ThrowAsync<RpcException>(async () => await call));

    public static Refusal Of(RpcException e)
    {
        var bytes = e.Trailers.GetValueBytes("grpc-status-details-bin").ShouldNotBeNull($"{e.Status} has no details");
        var status = Google.Rpc.Status.Parser.ParseFrom(bytes);
        status.Code.ShouldBe((int)e.StatusCode);
        status.Message.ShouldBe(e.Status.Detail);
        var info = Single<ErrorInfo>(status).ShouldNotBeNull();
        return new Refusal(
            e.StatusCode, info, Single<LocalizedMessage>(status).ShouldNotBeNull().Message, Single<RetryInfo>(status)?.RetryDelay.ToTimeSpan());
    }

    private static T? Single<T>(Google.Rpc.Status status)
        where T : class, IMessage<T>, new() =>
        status.Details.SingleOrDefault(detail => detail.Is(new T().Descriptor))?.Unpack<T>();
}
