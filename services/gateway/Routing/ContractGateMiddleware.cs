using Jiceng.Gateway.Documents;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Protocols;
using Microsoft.AspNetCore.Authorization;
using Yarp.ReverseProxy.Model;

namespace Jiceng.Gateway.Routing;

/// <summary>Lets through only calls of methods that the contracts describe, and sets their <see cref="ContractMethod"/> for the middlewares after it.</summary>
internal sealed class ContractGateMiddleware(RequestDelegate next, ContractMethods methods, ForwardedServices services)
{
    public Task InvokeAsync(HttpContext context)
    {
        // The gateway's own health and reflection, and what it publishes about the contracts.
        if (context.IsDocument() || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null) return next(context);
        var request = context.Request;
        if (methods.Find(request.MethodName()) is not { } method) return context.WriteErrorAsync(GatewayErrors.MethodUnknown.With(("method", request.MethodName())));
        if (!HttpMethods.IsPost(request.Method) || !request.IsGrpc())
            return context.WriteErrorAsync(GatewayErrors.NotGrpc.With(("method", request.MethodName()), ("types", ProtocolTranslationMiddleware.ContentTypes(method.Descriptor))));
        if (!context.IsForwarded()) return context.WriteErrorAsync(GatewayErrors.ServiceNotNamed.With(("allowed", services.Names)));
        context.Features.Set(method);
        return next(context);
    }
}

internal static class ForwardingExtensions
{
    /// <summary>Whether the proxy will forward the request to a service.</summary>
    public static bool IsForwarded(this HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is not null;

    /// <summary>Whether a token has to come with the request.</summary>
    public static bool NeedsToken(this HttpContext context) =>
        context.IsForwarded() || (context.IsDocument() && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null);
}
