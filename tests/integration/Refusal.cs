using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Shouldly;

namespace Jiceng.IntegrationTests;

/// <summary>
/// The error of a call: the code, the one ErrorInfo, the Chinese message, when to try again, the paths of the
/// fields that are wrong, and the whole status as text.
/// </summary>
internal sealed record Refusal(StatusCode Code, ErrorInfo Info, string Chinese, TimeSpan? RetryAfter, IReadOnlyList<string> Fields, string Text)
{
    public string Reason => Info.Reason;

    public IReadOnlyDictionary<string, string> Metadata => Info.Metadata;

    public static async Task<Refusal> OfAsync(Func<Task> call) => Of(await Should.ThrowAsync<RpcException>(call));

    public static async Task<Refusal> OfAsync<T>(AsyncUnaryCall<T> call) => Of(await Should.ThrowAsync<RpcException>(async () => await call));

    public static Refusal Of(RpcException e)
    {
        var status = e.GetRpcStatus().ShouldNotBeNull($"{e.Status} has no details");
        status.Code.ShouldBe((int)e.StatusCode);
        status.Message.ShouldBe(e.Status.Detail);
        var info = Single<ErrorInfo>(status).ShouldNotBeNull();
        return new Refusal(
            e.StatusCode, info, Single<LocalizedMessage>(status).ShouldNotBeNull().Message, Single<RetryInfo>(status)?.RetryDelay.ToTimeSpan(),
            [.. Single<BadRequest>(status)?.FieldViolations.Select(violation => violation.Field) ?? []], status.ToString());
    }

    private static T? Single<T>(Google.Rpc.Status status)
        where T : class, IMessage<T>, new() =>
        status.Details.Count(detail => detail.Is(new T().Descriptor)) > 1 ? throw new ShouldAssertException($"several {typeof(T).Name}: {status}") : status.GetDetail<T>();
}
