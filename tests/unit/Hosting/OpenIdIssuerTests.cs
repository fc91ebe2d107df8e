using System.Net;
using System.Security.Claims;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class OpenIdIssuerTests : IAsyncLifetime
{
    private readonly TestTokens _tokens = new();
    private readonly OidcIssuer _issuer = new();
    private readonly HttpClient _client = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _tokens.Dispose();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task TokenOfTheIssuer_IsTakenWithItsClaimsAsTheyAre()
    {
        await using var app = await StartAsync();

        var claims = await CallAsync(app, _issuer.Issue(
            ("name", "张三 李四"), ("roles", Texts("grid_worker", "clerk")), ("places", Texts("140224", "140225")), ("jti", "t-1"), ("azp", "portal")));

        claims.Split('|').ShouldBe(
            ["sub=p-1", "name=张三 李四", "roles=grid_worker", "roles=clerk", "places=140224", "places=140225", "client=portal", "jti=t-1"], ignoreOrder: true);
    }

    [Fact]
    public async Task Token_ThatOnlyLooksLikeOneOfTheIssuer_IsRefused()
    {
        await using var app = await StartAsync();
        await using var foreign = new OidcIssuer();

        (await CallAsync(app, _tokens.Issue("p-1", issuer: _issuer.Name))).ShouldBe(nameof(TokenProblem.NotTrusted));
        (await CallAsync(app, foreign.Issue(("iss", _issuer.Name)))).ShouldBe(nameof(TokenProblem.NotTrusted));
        (await CallAsync(app, _issuer.Issue(("iss", "jiceng")))).ShouldBe(nameof(TokenProblem.NotTrusted));
        (await CallAsync(app, _issuer.Issue(("aud", "tax-office")))).ShouldBe(nameof(TokenProblem.WrongAudience));
        (await CallAsync(app, _issuer.Forge())).ShouldBeOneOf(nameof(TokenProblem.NotTrusted), nameof(TokenProblem.Malformed));
        (await CallAsync(app, _issuer.WithoutSignature())).ShouldBeOneOf(nameof(TokenProblem.NotTrusted), nameof(TokenProblem.Malformed));
        (await CallAsync(app, _issuer.Issue(("exp", null)))).ShouldBe(nameof(TokenProblem.Malformed));
        (await CallAsync(app, _issuer.Issue(("sub", "")))).ShouldBe(nameof(TokenProblem.Malformed));
    }

    [Fact]
    public async Task TokenWithAKeyThatIsNew_HasTheKeysFetched_AndIsTakenAtOnce_TheOldKeyNoLonger()
    {
        await using var app = await StartAsync(("Authentication:KeysPause", "00:00:00.001"));
        var old = _issuer.Issue(("jti", "kept"));
        var forgotten = _issuer.Issue(("jti", "never seen before the change"));
        (await CallAsync(app, old)).ShouldContain("sub=p-1");

        _issuer.Rotate();

        (await CallAsync(app, _issuer.Issue())).ShouldContain("sub=p-1");
        (await CallAsync(app, forgotten)).ShouldBe(nameof(TokenProblem.NotTrusted));
    }

    [Fact]
    public async Task TokensWithUnknownKeys_HaveTheKeysFetchedNoMoreThanOnceInAPause()
    {
        await using var app = await StartAsync(("Authentication:KeysPause", "01:00:00"));
        await using var foreign = new OidcIssuer();
        await CallAsync(app, _issuer.Issue());

        for (var i = 0; i < 5; i++)
        {
            foreign.Rotate();
            (await CallAsync(app, foreign.Issue(("iss", _issuer.Name)))).ShouldBe(nameof(TokenProblem.NotTrusted));
        }

        _issuer.Fetches.ShouldBe(1);
    }

    [Fact]
    public async Task IssuerAway_KeysThatAreKnownStayInUse_AndWithoutAnyTheCauseIsTold()
    {
        await using var app = await StartAsync(("Authentication:KeysPause", "00:00:00.001"));
        _issuer.Down = true;
        (await CallAsync(app, _issuer.Issue())).ShouldBe(nameof(TokenProblem.Unverifiable));

        _issuer.Down = false;
        await Eventually.HoldsAsync(async () => (await CallAsync(app, _issuer.Issue(("jti", "one")))).Contains("sub=p-1", StringComparison.Ordinal), "the issuer is asked again");

        _issuer.Down = true;
        (await CallAsync(app, _issuer.Issue(("jti", "two")))).ShouldContain("sub=p-1");
        await using var foreign = new OidcIssuer();
        foreign.Rotate();
        (await CallAsync(app, foreign.Issue(("iss", _issuer.Name)))).ShouldBe(nameof(TokenProblem.NotTrusted));
        (await CallAsync(app, _issuer.Issue(("jti", "three")))).ShouldContain("sub=p-1");
    }

    [Fact]
    public async Task IssuerThatCallsItselfOtherwise_IsTrustedOnlyUnderTheNameThatIsSet()
    {
        _issuer.Name = "https://login.county.example";
        await using var trusting = await StartAsync();
        await using var app = await StartAsync(("Authentication:Issuer", null));

        (await CallAsync(trusting, _issuer.Issue())).ShouldContain("sub=p-1");
        (await CallAsync(app, _issuer.Issue())).ShouldBe(nameof(TokenProblem.Unverifiable));
    }

    [Fact]
    public async Task Claims_ByTheConfiguredMapping_AreOurs()
    {
        await using var app = await StartAsync(
            ("Authentication:Claims:Roles", "realm_access.roles"),
            ("Authentication:Claims:Places", "https://county.example/places"),
            ("Authentication:Claims:Name", "preferred_username"),
            ("Authentication:Roles:county-org", "county_organizer"),
            ("Authentication:Roles:wgy", "grid_worker"));

        var claims = await CallAsync(app, _issuer.Issue(
            ("preferred_username", "li.si"),
            ("realm_access", new Dictionary<string, object> { ["roles"] = Texts("wgy", "offline_access", "operator") }),
            ("roles", Texts("operator")),
            ("places", Texts("140224")),
            ("https://county.example/places", "140224001 140224002")));

        claims.Split('|').ShouldBe(["sub=p-1", "name=li.si", "roles=grid_worker", "places=140224001", "places=140224002"], ignoreOrder: true);
    }

    [Fact]
    public async Task TokenOfASystem_WithoutSubject_StandsForTheClient()
    {
        await using var app = await StartAsync();

        (await CallAsync(app, _issuer.Issue(("sub", null), ("client_id", "tax-office"), ("azp", "other")))).Split('|').ShouldBe(["sub=client:tax-office", "client=tax-office"]);
        (await CallAsync(app, _issuer.Issue(("sub", null)))).ShouldBe(nameof(TokenProblem.Malformed));
    }

    [Fact]
    public async Task Token_OutsideTheClockSkewThatIsSet_IsRefused()
    {
        var ended = TimeProvider.System.GetUtcNow().AddSeconds(-20).ToUnixTimeSeconds();
        await using var strict = await StartAsync(("Authentication:ClockSkew", "00:00:05"));
        await using var usual = await StartAsync();

        (await CallAsync(strict, _issuer.Issue(("exp", ended)))).ShouldBe(nameof(TokenProblem.Expired));
        (await CallAsync(usual, _issuer.Issue(("exp", ended)))).ShouldContain("sub=p-1");
        var ahead = TimeProvider.System.GetUtcNow().AddSeconds(60).ToUnixTimeSeconds();
        (await CallAsync(usual, _issuer.Issue(("nbf", ahead)))).ShouldBe(nameof(TokenProblem.NotYetValid));
    }

    [Theory]
    [InlineData("Authentication:ClockSkew", "00:10:00")]
    [InlineData("Authentication:KeysLifetime", "00:00:00")]
    [InlineData("Authentication:KeysPause", "00:00:00")]
    [InlineData("Authentication:KeysTrusted", "00:01:00")]
    [InlineData("Authentication:Claims:Roles", " ")]
    [InlineData("Authentication:Roles:wgy", "")]
    public async Task Start_WithWrongOption_IsRefusedNamingIt(string option, string value)
    {
        var e = await Should.ThrowAsync<OptionsValidationException>(async () =>
        {
            await using var app = await StartAsync((option, value));
        });
        e.Failures.ShouldHaveSingleItem().ShouldContain(option);
    }

    private async Task<WebApplication> StartAsync(params (string Key, string? Value)[] settings)
    {
        var app = HostRun.Builder(_tokens, [.. _issuer.Settings.Select(setting => (setting.Key, (string?)setting.Value)), .. settings]).Build();
        app.MapGet("/claims", (HttpContext context, ClaimsPrincipal user) => user.Identity!.IsAuthenticated
            ? string.Join('|', user.Claims.Where(claim => claim.Type is not (TokenClaims.IssuedAt or TokenClaims.TakenUntil)).Select(claim => $"{claim.Type}={claim.Value}"))
            : context.TokenProblem().ToString());
        await app.StartServiceAsync();
        return app;
    }

    private async Task<string> CallAsync(WebApplication app, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.AddressOf("Http"), "/claims"));
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await _client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await answer.Content.ReadAsStringAsync();
    }

    private static string[] Texts(params string[] texts) => texts;
}
