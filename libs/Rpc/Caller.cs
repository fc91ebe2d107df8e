using System.Collections.Immutable;
using System.Security.Claims;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Domain;

namespace Jiceng.Rpc;

/// <summary>Who calls, as the token says.</summary>
/// <param name="SubjectId">Claim <c>sub</c>: the person's id in cadre, or the name of a system.</param>
/// <param name="Name">Claim <c>name</c>; may be empty.</param>
/// <param name="Roles">Claim <c>roles</c>; roles that <see cref="Rpc.Roles"/> does not know grant nothing.</param>
/// <param name="Scope">Claim <c>places</c>: codes of the places that the caller reaches.</param>
public sealed record Caller(string SubjectId, string Name, ImmutableArray<string> Roles, PlaceScope Scope)
{
    /// <summary>Whether one of the roles grants the permission.</summary>
    public bool May(Permission permission) => Rpc.Roles.Grant(Roles, permission);

    /// <summary>Ranges of codes to search, so that an answer stays in scope; see <see cref="PlaceScope.Intersect"/>.</summary>
    /// <param name="wanted">Place code of the request; empty means the whole scope.</param>
    public ImmutableArray<PlaceCode> Intersect(string wanted) =>
        Scope.Intersect(wanted.Length == 0 ? null : PlaceCode.Parse(wanted));

    /// <summary>The caller that a validated token describes, or null when it names no subject.</summary>
    internal static Caller? From(ClaimsPrincipal user)
    {
        var subject = user.FindFirstValue("sub");
        if (user.Identity is not { IsAuthenticated: true } || string.IsNullOrEmpty(subject))
            return null;
        return new Caller(
            subject,
            user.FindFirstValue("name") ?? "",
            [.. user.FindAll("roles").Select(claim => claim.Value)],
            PlaceScope.Of(user.FindAll("places").Select(claim => PlaceCode.Parse(claim.Value, "places"))));
    }
}

/// <summary>Reads the caller that the access interceptor stored with a call.</summary>
public static class CallerExtensions
{
    internal const string Key = "jiceng.caller";

    /// <summary>Who calls. Present in every method that the access interceptor let through.</summary>
    /// <exception cref="InvalidOperationException">The access interceptor did not run: fail closed.</exception>
    public static Caller Caller(this ServerCallContext context) =>
        context.UserState.TryGetValue(Key, out var caller) && caller is Caller found
            ? found
            : throw new InvalidOperationException("The access interceptor did not run.");
}
