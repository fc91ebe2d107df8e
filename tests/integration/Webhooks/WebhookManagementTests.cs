using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Webhooks;

/// <summary>Who may register, see and change what.</summary>
public sealed class WebhookManagementTests : IAsyncLifetime
{
    private WebhookRun _run = null!;

    public async ValueTask InitializeAsync() => _run = await WebhookRun.StartAsync();

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task Create_SameRequestAgain_GivesTheSameSecret_AndNoTableHoldsIt()
    {
        var request = new CreateWebhookRequest { Webhook = new Webhook { Address = _run.Receiver.Address }, RequestId = Guid.CreateVersion7().ToString() };
        var first = await _run.Client.CreateWebhookAsync(request, _run.Me);
        var again = await _run.Client.CreateWebhookAsync(request, _run.Me);

        again.ShouldBe(first);
        first.Secret.ShouldStartWith("whsec_");
        (first.State, first.OwnerId, first.PlaceCodes.Single(), first.Etag).ShouldBe((WebhookState.Active, WebhookRun.Owner, "140224", "1"));
        (await _run.GetAsync(first)).Secret.ShouldBeEmpty();
        (await _run.Client.ListWebhooksAsync(new ListWebhooksRequest(), _run.Me)).Webhooks.ShouldHaveSingleItem().Secret.ShouldBeEmpty();
        // Everything that is stored, as text and as the bytes of the text.
        var secret = first.Secret["whsec_".Length..];
        foreach (var table in (string[])["webhook", "idempotency", "audit"])
        {
            (await _run.Host.ScalarAsync<long>($"SELECT count(*) FROM {table} t WHERE position('{secret}' IN t::text) > 0 OR position(encode('{secret}'::bytea, 'hex') IN t::text) > 0"))
                .ShouldBe(0, table);
        }

        _run.Host.Lines.All.ShouldAllBe(line => !line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rotate_SignsWithBothForTheTime_ThenWithTheNewOne()
    {
        var webhook = await _run.CreateAsync();
        var rotated = await _run.Client.RotateWebhookSecretAsync(new RotateWebhookSecretRequest { WebhookId = webhook.WebhookId }, _run.Me);
        (rotated.OldSecretEndTime.ToDateTimeOffset() - TimeProvider.System.GetUtcNow()).TotalHours.ShouldBeInRange(23, 24.1);
        await _run.PublishAsync("a");
        await _run.TakenAsync(1);
        var both = _run.Receiver.Taken.Single();
        (both.IsSignedWith(webhook.Secret), both.IsSignedWith(rotated.Secret)).ShouldBe((true, true));

        var last = await _run.Client.RotateWebhookSecretAsync(new RotateWebhookSecretRequest { WebhookId = webhook.WebhookId, Overlap = new Duration() }, _run.Me);
        last.OldSecretEndTime.ShouldBeNull();
        await _run.PublishAsync("b");
        await _run.TakenAsync(2);
        var newOnly = _run.Receiver.Taken.Last();
        (newOnly.IsSignedWith(rotated.Secret), newOnly.IsSignedWith(last.Secret)).ShouldBe((false, true));
        await RefusedAsync(_run.Client.RotateWebhookSecretAsync(
            new RotateWebhookSecretRequest { WebhookId = webhook.WebhookId, Overlap = Duration.FromTimeSpan(TimeSpan.FromDays(8)) }, _run.Me), "ARGUMENT_INVALID");
    }

    [Fact]
    public async Task Test_TellsStatusAndTime_AndNotTwiceInARow()
    {
        var webhook = await _run.CreateAsync();
        await _run.Client.PauseWebhookAsync(new PauseWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me);
        _run.Receiver.Answer = (_, _) => Task.FromResult(418);

        var answer = await _run.Client.TestWebhookAsync(new TestWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me);
        (answer.Delivered, answer.HttpStatus, answer.Failure).ShouldBe((false, 418, WebhookFailure.Status));
        answer.Milliseconds.ShouldBeInRange(0, 10_000);
        var call = _run.Receiver.Calls.ShouldHaveSingleItem();
        (call.Type, call.Subject, call.IsSignedWith(webhook.Secret)).ShouldBe(("jiceng.grid.webhook.tested.v1", webhook.WebhookId, true));
        // On a machine that is slow the moment may have passed.
        await _run.Host.ExecuteAsync("UPDATE webhook SET test_time = test_time + interval '1 minute' WHERE test_time IS NOT NULL");
        await RefusedAsync(_run.Client.TestWebhookAsync(new TestWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me), "WEBHOOK_TESTED_JUST_NOW");
        (await _run.DeliveriesAsync(webhook)).ShouldBeEmpty("a test is no delivery");
    }

    [Fact]
    public async Task Test_NobodyListens_TellsSo()
    {
        var webhook = await _run.CreateAsync(one => one.Address = $"http://127.0.0.1:{FreePort.Take()}/");
        var answer = await _run.Client.TestWebhookAsync(new TestWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me);
        (answer.Delivered, answer.HttpStatus, answer.Failure).ShouldBe((false, 0, WebhookFailure.Connection));
    }

    [Fact]
    public async Task Test_ReceiverTooSlow_IsATimeout()
    {
        await using var impatient = await WebhookRun.StartAsync(("Webhooks:Timeout", "00:00:00.3"));
        impatient.Receiver.Answer = async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 200;
        };
        var webhook = await impatient.CreateAsync();
        (await impatient.Client.TestWebhookAsync(new TestWebhookRequest { WebhookId = webhook.WebhookId }, impatient.Me)).Failure.ShouldBe(WebhookFailure.Timeout);
    }

    [Fact]
    public async Task Update_SomeFields_LeavesTheOthersAndTakesWhatTheTokenAllowsNow()
    {
        var webhook = await _run.CreateAsync(one => one.PlaceCode = WebhookRun.Township);
        var changed = await _run.Client.UpdateWebhookAsync(
            new UpdateWebhookRequest
            {
                Webhook = new Webhook { WebhookId = webhook.WebhookId, Types_ = { "jiceng.grid.case.closed.v1" }, Address = "not looked at", Etag = webhook.Etag },
                UpdateMask = new FieldMask { Paths = { "types" } },
            },
            _run.As(WebhookRun.Owner, "government_system", $"{WebhookRun.Township}"));
        (changed.Address, changed.PlaceCode, changed.Types_.Single(), changed.Etag).ShouldBe((webhook.Address, WebhookRun.Township, "jiceng.grid.case.closed.v1", "2"));

        var stale = new UpdateWebhookRequest { Webhook = new Webhook { WebhookId = webhook.WebhookId, Etag = webhook.Etag }, UpdateMask = new FieldMask { Paths = { "types" } } };
        await RefusedAsync(_run.Client.UpdateWebhookAsync(stale, _run.Me), "ETAG_MISMATCH");
        var unknown = new UpdateWebhookRequest { Webhook = new Webhook { WebhookId = webhook.WebhookId }, UpdateMask = new FieldMask { Paths = { "owner_id" } } };
        await RefusedAsync(_run.Client.UpdateWebhookAsync(unknown, _run.Me), "UPDATE_MASK_INVALID");
    }

    [Theory]
    [InlineData("http://10.0.0.7/", "", "", "WEBHOOK_ADDRESS_REFUSED")]
    [InlineData("http://169.254.169.254/latest/meta-data", "", "", "WEBHOOK_ADDRESS_REFUSED")]
    [InlineData("http://[::ffff:10.0.0.7]/", "", "", "WEBHOOK_ADDRESS_REFUSED")]
    [InlineData("http://2130706433/", "", "", "WEBHOOK_ADDRESS_REFUSED")]
    [InlineData("", "", "", "ARGUMENT_REQUIRED")]
    [InlineData("http://127.0.0.1/", "jiceng.grid.case.lost.v1", "", "EVENT_TYPE_UNKNOWN")]
    [InlineData("http://127.0.0.1/", "jiceng.cadre.person.changed.v1", "", "EVENT_TYPE_UNKNOWN")]
    [InlineData("http://127.0.0.1/", "", "140225", "OUT_OF_SCOPE")]
    [InlineData("http://127.0.0.1/", "", "14022", "PLACE_CODE_INVALID")]
    public async Task Create_WhatMayNotBe_IsRefused(string address, string type, string place, string reason) =>
        await RefusedAsync(_run.CreateAsync(webhook =>
        {
            (webhook.Address, webhook.PlaceCode) = (address, place);
            if (type.Length > 0) webhook.Types_.Add(type);
        }), reason);

    [Fact]
    public async Task Create_ByWhomNothingIsTold_IsRefused()
    {
        await RefusedAsync(_run.CreateAsync(caller: _run.As("service:x", "service", "140224")), "WEBHOOK_TELLS_NOTHING");
        await RefusedAsync(_run.CreateAsync(caller: _run.As(WebhookRun.Owner, "government_system")), "WEBHOOK_TELLS_NOTHING");
    }

    [Fact]
    public async Task Create_TooMany_IsRefused()
    {
        for (var i = 0; i < 20; i++) await _run.CreateAsync();
        await RefusedAsync(_run.CreateAsync(), "WEBHOOK_TOO_MANY");
        await _run.CreateAsync(caller: _run.As("client:other", "government_system", "140224"));
    }

    [Fact]
    public async Task Create_WithTheDefaults_RefusesThisMachineAndWhatHasNoTls()
    {
        await using var strict = await WebhookRun.StartAsync(("Webhooks:AllowHttp", "false"), ("Webhooks:AllowedNetworks:0", "10.99.0.0/16"));
        await RefusedAsync(strict.CreateAsync(), "WEBHOOK_ADDRESS_REFUSED");
        await RefusedAsync(strict.CreateAsync(webhook => webhook.Address = "https://127.0.0.1/"), "WEBHOOK_ADDRESS_REFUSED");
        await RefusedAsync(strict.CreateAsync(webhook => webhook.Address = "https://localhost/"), "WEBHOOK_ADDRESS_REFUSED");
    }

    [Fact]
    public async Task Create_WithoutAKey_SaysWhatToSet()
    {
        await using var keyless = await WebhookRun.StartAsync(("Webhooks:CurrentKey", null), ("Webhooks:Keys:test", null));
        var refusal = await Refusal.OfAsync(keyless.Client.CreateWebhookAsync(new CreateWebhookRequest { Webhook = new Webhook { Address = keyless.Receiver.Address } }, keyless.Me));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.FailedPrecondition, "WEBHOOK_KEY_MISSING"));
    }

    [Fact]
    public async Task Everything_OfAnothersWebhook_IsNotFoundInTheSameWordsAsOfNone()
    {
        var other = await _run.CreateAsync(caller: _run.As("client:other", "government_system", "140224"));
        var none = Guid.CreateVersion7().ToString();
        foreach (var call in Calls)
        {
            var hidden = await Refusal.OfAsync(() => call(other.WebhookId, _run.Me));
            var missing = await Refusal.OfAsync(() => call(none, _run.Me));
            (hidden.Code, hidden.Reason).ShouldBe((StatusCode.NotFound, "WEBHOOK_NOT_FOUND"));
            hidden.Chinese.Replace(other.WebhookId, none, StringComparison.Ordinal).ShouldBe(missing.Chinese);
            hidden.Metadata.Keys.ShouldBe(missing.Metadata.Keys);
        }

        (await _run.Client.ListWebhooksAsync(new ListWebhooksRequest(), _run.Me)).Webhooks.ShouldBeEmpty();
        (await _run.Client.GetWebhookAsync(new GetWebhookRequest { WebhookId = other.WebhookId }, _run.As("client:other", "government_system"))).Etag.ShouldBe("1");
    }

    [Fact]
    public async Task Operator_ListsAllAndPauses_ButChangesNothingElse()
    {
        var webhook = await _run.CreateAsync();
        (await _run.Client.ListWebhooksAsync(new ListWebhooksRequest(), _run.Operator)).Webhooks.ShouldHaveSingleItem().WebhookId.ShouldBe(webhook.WebhookId);
        var paused = await _run.Client.PauseWebhookAsync(new PauseWebhookRequest { WebhookId = webhook.WebhookId }, _run.Operator);
        paused.PauseReason.ShouldBe(WebhookPauseReason.Operator);
        await RefusedAsync(_run.Client.ResumeWebhookAsync(new ResumeWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me), "WEBHOOK_PAUSED_BY_OPERATOR");
        await RefusedAsync(_run.Client.DeleteWebhookAsync(new DeleteWebhookRequest { WebhookId = webhook.WebhookId }, _run.Operator), "PERMISSION_MISSING");

        // Nor does one who is a system besides.
        var both = _run.Host.Caller("ops", ["operator", "government_system"], "140224");
        await RefusedAsync(_run.Client.DeleteWebhookAsync(new DeleteWebhookRequest { WebhookId = webhook.WebhookId }, both), "WEBHOOK_NOT_FOUND");
        await RefusedAsync(_run.Client.RotateWebhookSecretAsync(new RotateWebhookSecretRequest { WebhookId = webhook.WebhookId }, both), "WEBHOOK_NOT_FOUND");
        var taken = new UpdateWebhookRequest { Webhook = new Webhook { WebhookId = webhook.WebhookId, Address = _run.Receiver.Address } };
        await RefusedAsync(_run.Client.UpdateWebhookAsync(taken, both), "WEBHOOK_NOT_FOUND");

        (await _run.Client.ResumeWebhookAsync(new ResumeWebhookRequest { WebhookId = webhook.WebhookId }, _run.Operator)).State.ShouldBe(WebhookState.Active);
    }

    [Fact]
    public async Task PausedByItsOwner_SendsNothingUntilItIsResumed()
    {
        var webhook = await _run.CreateAsync();
        var marker = await _run.CreateAsync();
        var paused = await _run.Client.PauseWebhookAsync(new PauseWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me);
        (paused.State, paused.PauseReason).ShouldBe((WebhookState.Paused, WebhookPauseReason.Owner));
        await _run.PublishAsync("a");
        await _run.TakenAsync(1);
        _run.Receiver.Calls.ShouldHaveSingleItem().IsSignedWith(marker.Secret).ShouldBeTrue();

        await _run.Client.ResumeWebhookAsync(new ResumeWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me);
        await _run.TakenAsync(2);
        _run.Receiver.Taken.Last().IsSignedWith(webhook.Secret).ShouldBeTrue();
    }

    [Fact]
    public async Task Delete_EndsIt()
    {
        var webhook = await _run.CreateAsync();
        _run.Receiver.Answer = (_, _) => Task.FromResult(500);
        await _run.PublishAsync("a");
        await Eventually.HoldsAsync(async () => (await _run.DeliveriesAsync(webhook)).Count > 0, "something waits");

        (await _run.Client.DeleteWebhookAsync(new DeleteWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me)).WebhookId.ShouldBe(webhook.WebhookId);
        await RefusedAsync(_run.Client.GetWebhookAsync(new GetWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me), "WEBHOOK_NOT_FOUND");
        (await _run.Host.ScalarAsync<long>("SELECT count(*) FROM webhook_delivery")).ShouldBe(0);
    }

    [Fact]
    public async Task Lists_AreOfferedInPages()
    {
        List<string> made = [];
        for (var i = 0; i < 5; i++) made.Add((await _run.CreateAsync()).WebhookId);
        List<string> listed = [];
        var request = new ListWebhooksRequest { PageSize = 2 };
        do
        {
            var page = await _run.Client.ListWebhooksAsync(request, _run.Me);
            listed.AddRange(page.Webhooks.Select(webhook => webhook.WebhookId));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        listed.ShouldBe(Enumerable.Reverse(made));
    }

    private IEnumerable<Func<string, Metadata, Task>> Calls =>
    [
        (id, me) => _run.Client.GetWebhookAsync(new GetWebhookRequest { WebhookId = id }, me).ResponseAsync,
        (id, me) => _run.Client.UpdateWebhookAsync(new UpdateWebhookRequest { Webhook = new Webhook { WebhookId = id, Address = _run.Receiver.Address } }, me).ResponseAsync,
        (id, me) => _run.Client.PauseWebhookAsync(new PauseWebhookRequest { WebhookId = id }, me).ResponseAsync,
        (id, me) => _run.Client.ResumeWebhookAsync(new ResumeWebhookRequest { WebhookId = id }, me).ResponseAsync,
        (id, me) => _run.Client.RotateWebhookSecretAsync(new RotateWebhookSecretRequest { WebhookId = id }, me).ResponseAsync,
        (id, me) => _run.Client.DeleteWebhookAsync(new DeleteWebhookRequest { WebhookId = id }, me).ResponseAsync,
        (id, me) => _run.Client.TestWebhookAsync(new TestWebhookRequest { WebhookId = id }, me).ResponseAsync,
        (id, me) => _run.Client.ListWebhookDeliveriesAsync(new ListWebhookDeliveriesRequest { WebhookId = id }, me).ResponseAsync,
        (id, me) => _run.Client.ReplayWebhookDeliveriesAsync(new ReplayWebhookDeliveriesRequest { WebhookId = id, DryRun = true }, me).ResponseAsync,
    ];

    private static Task RefusedAsync<T>(AsyncUnaryCall<T> call, string reason) => RefusedAsync(call.ResponseAsync, reason);

    private static async Task RefusedAsync(Task call, string reason) => (await Refusal.OfAsync(() => call)).Reason.ShouldBe(reason);
}
