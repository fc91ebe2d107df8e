using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace Jiceng.Hosting;

/// <summary>Why a call counts as made by nobody.</summary>
public enum TokenProblem
{
    /// <summary>The call carries no bearer token.</summary>
    Missing,

    /// <summary>The token's time is over.</summary>
    Expired,

    /// <summary>The token's time has not begun: the issuer's clock is ahead, or ours behind.</summary>
    NotYetValid,

    /// <summary>The token was made for another audience.</summary>
    WrongAudience,

    /// <summary>The token comes from an issuer that is not trusted, or its signature is not one of theirs.</summary>
    NotTrusted,

    /// <summary>What was sent is no token, or one without a subject.</summary>
    Malformed,

    /// <summary>The token cannot be validated, because the keys of the issuer are unavailable.</summary>
    Unverifiable,
}

/// <summary>Tells why the token of a call was not accepted.</summary>
public static class TokenProblems
{
    internal const string Item = "jiceng.token-problem";

    /// <summary>Why a call that was not authenticated was not.</summary>
    public static TokenProblem TokenProblem(this HttpContext context)
    {
        if (context.Items.TryGetValue(Item, out var problem)) return (TokenProblem)problem!;
        return context.Request.Headers.Authorization.Count == 0 ? Hosting.TokenProblem.Missing : Hosting.TokenProblem.Malformed;
    }

    internal static TokenProblem Of(Exception failure) => failure switch
    {
        SecurityTokenExpiredException => Hosting.TokenProblem.Expired,
        SecurityTokenNotYetValidException => Hosting.TokenProblem.NotYetValid,
        SecurityTokenInvalidAudienceException => Hosting.TokenProblem.WrongAudience,
        SecurityTokenInvalidIssuerException or SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException
            or SecurityTokenInvalidAlgorithmException => Hosting.TokenProblem.NotTrusted,
        _ => Hosting.TokenProblem.Malformed,
    };
}
