using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Dapr.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dapr.AspNetCore
{
    public class DaprAuthenticationOptions : AuthenticationSchemeOptions
    {
        internal const string DefaultScheme = "Dapr";

        /// <summary>What the sidecar must send; by default the variable APP_API_TOKEN. None refuses every call.</summary>
        public string? Token { get; set; } = DaprDefaults.AppToken();
    }

    internal sealed class DaprAuthenticationHandler(
        IOptionsMonitor<DaprAuthenticationOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<DaprAuthenticationOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

        private AuthenticateResult Authenticate()
        {
            if (!Request.Headers.TryGetValue("dapr-api-token", out var sent))
                return AuthenticateResult.NoResult();
            if (string.IsNullOrWhiteSpace(Options.Token))
                return AuthenticateResult.Fail("No app token is configured.");
            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent.ToString()), Encoding.UTF8.GetBytes(Options.Token)))
                return AuthenticateResult.Fail("The app token is wrong.");
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, "Dapr")], DaprAuthenticationOptions.DefaultScheme);
            return AuthenticateResult.Success(
                new AuthenticationTicket(new ClaimsPrincipal(identity), DaprAuthenticationOptions.DefaultScheme));
        }
    }
}

namespace Microsoft.AspNetCore.Authentication
{
    public static class DaprAuthenticationBuilderExtensions
    {
        public static AuthenticationBuilder AddDapr(this AuthenticationBuilder builder) => builder.AddDapr(null);

        /// <summary>Adds the scheme "Dapr", which knows the sidecar by its token.</summary>
        public static AuthenticationBuilder AddDapr(
            this AuthenticationBuilder builder, Action<DaprAuthenticationOptions>? configureOptions) =>
            builder.AddScheme<DaprAuthenticationOptions, DaprAuthenticationHandler>(
                DaprAuthenticationOptions.DefaultScheme, configureOptions);
    }
}

namespace Microsoft.AspNetCore.Authorization
{
    public static class DaprAuthorizationOptionsExtensions
    {
        /// <summary>Adds a policy that lets only the sidecar in.</summary>
        public static void AddDapr(this AuthorizationOptions options, string name = "Dapr") =>
            options.AddPolicy(name, policy => policy
                .RequireAuthenticatedUser()
                .AddAuthenticationSchemes(DaprAuthenticationOptions.DefaultScheme));
    }
}
