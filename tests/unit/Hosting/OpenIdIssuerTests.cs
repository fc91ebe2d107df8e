using System.Buffers.Text;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class OpenIdIssuerTests : IDisposable
{
    private readonly TestTokens tokens = new();
    private readonly HttpClient client = new();

    public void Dispose()
    {
        client.Dispose();
        tokens.Dispose();
    }

    [Fact]
    public async Task TokenOfTheIssuer_IsTakenWithItsClaimsAsTheyAre_AndOthersAreNot()
    {
        await using var issuer = await IssuerAsync();
        var authority = issuer.Urls.First();
        await using var app = HostRun.Builder(
            tokens, ("Authentication:PublicKeyFile", null), ("Authentication:Issuer", null), ("Authentication:Authority", authority)).Build();
        app.MapGet("/claims", (HttpContext context, ClaimsPrincipal user) =>
            user.Identity!.IsAuthenticated ? string.Join(' ', user.Claims.Select(c => $"{c.Type}={c.Value}")) : context.TokenProblem().ToString());
        await app.StartServiceAsync();

        var claims = await CallAsync(app, tokens.Issue("p-1", ["grid_worker", "clerk"], ["140224"], issuer: authority));
        foreach (var expected in (string[])["sub=p-1", "name=p-1", "roles=grid_worker", "roles=clerk", "places=140224"]) claims.Split(' ').ShouldContain(expected);

        (await CallAsync(app, tokens.Issue("p-1", issuer: "jiceng"))).ShouldBe(nameof(TokenProblem.NotTrusted));
        using var foreign = new TestTokens();
        (await CallAsync(app, foreign.Issue("p-1", issuer: authority))).ShouldBe(nameof(TokenProblem.NotTrusted));
        (await CallAsync(app, tokens.Issue("", issuer: authority))).ShouldBe(nameof(TokenProblem.Malformed));
    }

    private async Task<string> CallAsync(WebApplication app, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.AddressOf("Http"), "/claims"));
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>The two documents of OpenID Connect that a service reads.</summary>
    private async Task<WebApplication> IssuerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", (HttpContext context) =>
        {
            var self = $"http://{context.Request.Host}";
            return Results.Json(new Dictionary<string, string> { ["issuer"] = self, ["jwks_uri"] = $"{self}/keys" });
        });
        app.MapGet("/keys", () =>
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(tokens.PublicKeyFile));
            var point = key.ExportParameters(false).Q;
            var jwk = new Dictionary<string, string>
            {
                ["kty"] = "EC", ["crv"] = "P-256", ["alg"] = "ES256", ["use"] = "sig",
                ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y),
            };
            return Results.Json(new Dictionary<string, object> { ["keys"] = new[] { jwk } });
        });
        await app.StartAsync();
        return app;
    }
}
