using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Jiceng.Persistence;

namespace Jiceng.Rpc;

/// <summary>
/// Runs the change that a call asks for: in one transaction with its history, audit, events and the answer kept under the
/// request id, so that the same request again gets the same answer and changes nothing (AIP-155).
/// </summary>
public sealed class RpcWrites(Database database)
{
    /// <summary>Runs the change, or returns the stored response of the same request id.</summary>
    /// <param name="request">The request; its field request_id is a UUID, or empty for no replay protection.</param>
    /// <param name="context">The call.</param>
    /// <param name="action">The change. It may run again after a conflict with another one, so it must have no other effect.</param>
    /// <exception cref="Domain.ApiException">REQUEST_ID_REUSED, ARGUMENT_INVALID, DEPENDENCY_UNAVAILABLE, or what the action throws.</exception>
    public async Task<TResponse> RunAsync<TRequest, TResponse>(
        TRequest request, ServerCallContext context, Func<UnitOfWork, Caller, CancellationToken, Task<TResponse>> action)
        where TRequest : IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
    {
        var requestId = AccessTable.Text(request, "request_id");
        var key = requestId.Length == 0 ? null : Require.Id(requestId, "request_id").ToString();
        return await RunAsync(key, () => SHA256.HashData(request.ToByteArray()), context, action);
    }

    /// <summary>The same for a call whose request came as a stream.</summary>
    /// <param name="requestId">Canonical UUID, or null for no replay protection.</param>
    /// <param name="requestHash">Makes the hash of all that was asked for.</param>
    /// <param name="context">The call.</param>
    /// <param name="action">The change.</param>
    public async Task<TResponse> RunAsync<TResponse>(
        string? requestId, Func<byte[]> requestHash, ServerCallContext context, Func<UnitOfWork, Caller, CancellationToken, Task<TResponse>> action)
        where TResponse : class, IMessage<TResponse>, new()
    {
        var caller = context.Caller();
        var write = new Persistence.WriteContext(caller.SubjectId, context.Method);
        if (requestId is null)
            return await database.WriteAsync(write, (work, token) => action(work, caller, token), context.CancellationToken);
        var stored = await database.WriteOnceAsync(
            write with { RequestId = requestId, RequestHash = requestHash() },
            async (work, token) => (await action(work, caller, token)).ToByteArray(),
            context.CancellationToken);
        var answer = new TResponse();
        answer.MergeFrom(stored);
        return answer;
    }
}
