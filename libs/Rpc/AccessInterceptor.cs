using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Jiceng.Common.V1;
using Jiceng.Domain;

namespace Jiceng.Rpc;

/// <summary>
/// Enforces the access option of every method: who calls, whether a role grants the permission, whether the place is in scope, in
/// this order, so that an error never reveals what exists. A method without the option rejects every call.
/// </summary>
internal sealed class AccessInterceptor(ResourcePlaceStore places) : Interceptor
{
    private static readonly string[] Open = ["/grpc.health.v1.Health/", "/grpc.reflection."];

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        await AdmitAsync(request as IMessage, context);
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await AdmitAsync(request as IMessage, context);
        await continuation(request, responseStream, context);
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await AdmitAsync(null, context);
        return await continuation(requestStream, context);
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await AdmitAsync(null, context);
        await continuation(requestStream, responseStream, context);
    }

    private async Task AdmitAsync(IMessage? request, ServerCallContext context)
    {
        if (Open.Any(prefix => context.Method.StartsWith(prefix, StringComparison.Ordinal)))
            return;
        var caller = Rpc.Caller.From(context.GetHttpContext().User)
            ?? throw CommonErrors.TokenInvalid.With(("problem", "no token that names a subject"));
        if (AccessTable.Find(context.Method) is not { } access)
            throw CommonErrors.MethodClosed.With(("method", context.Method));
        if (!caller.May(access.Permission) && !caller.May(access.AlsoPermission))
            throw CommonErrors.PermissionMissing.With(("permission", PermissionName(access.Permission)));
        switch (access.TargetCase)
        {
            case Access.TargetOneofCase.PlaceField when request is not null:
                CheckPlace(caller, access, AccessTable.Text(request, access.PlaceField));
                break;
            case Access.TargetOneofCase.Resource when request is not null:
                await CheckResourceAsync(caller, access, AccessTable.Text(request, access.Resource.Field), context.CancellationToken);
                break;
            case Access.TargetOneofCase.Placeless when access.Placeless:
                break;
            default:
                throw CommonErrors.MethodClosed.With(("method", context.Method));
        }

        context.UserState[CallerExtensions.Key] = caller;
    }

    private static void CheckPlace(Caller caller, Access access, string code)
    {
        if (code.Length == 0)
        {
            if (!access.ScopeWhenEmpty)
                throw CommonErrors.ArgumentRequired.With(("field", access.PlaceField)).At(access.PlaceField, "a place code");
            return;
        }

        if (!caller.Scope.Contains(PlaceCode.Parse(code, access.PlaceField)))
            throw CommonErrors.OutOfScope.With(("field", access.PlaceField));
    }

    private async Task CheckResourceAsync(Caller caller, Access access, string id, CancellationToken cancellationToken)
    {
        var field = access.Resource.Field;
        // What is named by a place code, as a grid node, is its own place.
        if (PlaceCode.TryParse(id, out var place))
        {
            if (!caller.Scope.Contains(place)) throw CommonErrors.OutOfScope.With(("field", field));
            return;
        }

        var found = await places.FindAsync(access.Resource.Kind, Require.Id(id, field), cancellationToken);
        var admitted = found is not null
            && (caller.Scope.Contains(found.PlaceCode) || (access.Own && found.OwnerIds.Contains(caller.SubjectId)));
        if (!admitted)
            throw CommonErrors.OutOfScope.With(("field", field));
    }

    private static string PermissionName(Permission permission) => permission.ToString();
}
