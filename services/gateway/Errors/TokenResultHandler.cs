using Jiceng.Domain;
using Jiceng.Gateway.Protocols;
using Jiceng.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace Jiceng.Gateway.Errors;

/// <summary>Writes the error of a call whose token is missing or not accepted.</summary>
internal sealed class TokenResultHandler : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded) return next(context);
        return context.WriteErrorAsync(authorizeResult.Challenged ? Unauthenticated(context.TokenProblem()) : Forbidden(context));
    }

    private static ApiException Forbidden(HttpContext context) => GatewayErrors.CallForbidden.With(("method", context.Request.MethodName()));

    private static ApiException Unauthenticated(TokenProblem problem) => problem switch
    {
        TokenProblem.Missing => GatewayErrors.TokenMissing.With(),
        TokenProblem.Expired => GatewayErrors.TokenExpired.With(),
        TokenProblem.NotYetValid => GatewayErrors.TokenRefused.With(("problem", "it is not valid yet")),
        TokenProblem.WrongAudience => GatewayErrors.TokenRefused.With(("problem", "it was issued for another audience")),
        TokenProblem.NotTrusted => GatewayErrors.TokenRefused.With(("problem", "its issuer or its key is not trusted")),
        TokenProblem.Unverifiable => GatewayErrors.IssuerUnavailable.With().Retry(StreamTerminationMiddleware.RetryAfter),
        _ => GatewayErrors.TokenRefused.With(("problem", "it cannot be read")),
    };
}
