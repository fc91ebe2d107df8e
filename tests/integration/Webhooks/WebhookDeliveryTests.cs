using System.Diagnostics;
using Jiceng.Common.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Webhooks;

/// <summary>What a receiver gets, and in which order.</summary>
public sealed class WebhookDeliveryTests : IAsyncLifetime
{
    private WebhookRun _run = null!;

    public async ValueTask InitializeAsync() => _run = await WebhookRun.StartAsync();

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task Deliver_Event_IsASignedCloudEventWithTheTraceOfTheChange()
    {
        var webhook = await _run.CreateAsync();
        using var change = new Activity("change").SetIdFormat(ActivityIdFormat.W3C).Start();
        var id = await _run.PublishAsync("case-1", sequence: 7);
        change.Stop();

        await _run.TakenAsync(1);
        var call = _run.Receiver.Taken.ShouldHaveSingleItem();
        call.Id.ShouldBe(id.ToString());
        call.Headers["content-type"].ShouldBe("application/cloudevents+json");
        call.IsSignedWith(webhook.Secret).ShouldBeTrue();
        (TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(call.Timestamp)).TotalSeconds.ShouldBeInRange(-1, 60);
        call.Headers["traceparent"].ShouldContain(change.TraceId.ToHexString());
        (call.Type, call.Subject, call.Event.GetProperty("id").GetString(), call.Event.GetProperty("sequence").GetString(), call.Event.GetProperty("place").GetString())
            .ShouldBe(("jiceng.grid.case.closed.v1", "case-1", id.ToString(), "7", WebhookRun.Township));
        call.Event.GetProperty("data").GetProperty("caseId").GetString().ShouldBe("case-1");
        call.Headers.Keys.ShouldNotContain("cookie");
        call.Headers.Keys.ShouldNotContain("authorization");
        await Eventually.HoldsAsync(async () => (await _run.GetAsync(webhook)).SuccessTime is not null, "the success is noted");
    }

    [Fact]
    public async Task Deliver_WhatWasCommittedBeforeTheRegistration_IsNotSent()
    {
        await _run.PublishAsync("before");
        await _run.CreateAsync();
        await _run.PublishAsync("after");

        await _run.TakenAsync(1);
        _run.Receiver.Calls.Select(call => call.Subject).ShouldBe(["after"]);
    }

    [Fact]
    public async Task Deliver_OneThatFails_HoldsUpItsSubjectAndNoOther()
    {
        var failing = true;
        _run.Receiver.Answer = (call, _) => Task.FromResult(call.Subject == "a" && Volatile.Read(ref failing) ? 500 : 200);
        var webhook = await _run.CreateAsync();
        await _run.PublishAsync("a");
        await Eventually.HoldsAsync(async () => (await _run.DeliveriesAsync(webhook)).Count == 1, "the first waits");
        foreach (var sequence in (long[])[2, 3]) await _run.PublishAsync("a", sequence: sequence);
        await _run.PublishAsync("b");

        await _run.TakenAsync(1);
        await Eventually.HoldsAsync(async () => (await _run.DeliveriesAsync(webhook)).Count == 3, "what waits is listed");
        var waiting = await _run.DeliveriesAsync(webhook, WebhookDeliveryState.Waiting);
        waiting.Count(delivery => delivery.AttemptCount > 0).ShouldBe(1, "only the first of the subject is tried");
        var tried = waiting.Single(delivery => delivery.AttemptCount > 0);
        (tried.HttpStatus, tried.Failure, tried.Subject).ShouldBe((500, WebhookFailure.Status, "a"));
        tried.NextAttemptTime.ShouldNotBeNull();
        Volatile.Write(ref failing, false);

        await _run.TakenAsync(4);
        _run.Receiver.Taken.Select(call => $"{call.Subject}{call.Event.GetProperty("sequence").GetString()}").ShouldBe(["b1", "a1", "a2", "a3"]);
        await Eventually.HoldsAsync(async () => (await _run.DeliveriesAsync(webhook)).Count == 0, "nothing waits any more");
    }

    [Fact]
    public async Task Deliver_PlaceAndScope_AreCutToWhatTheTokenAllowed()
    {
        await _run.CreateAsync(caller: _run.As("client:township", "government_system", WebhookRun.Township));
        var narrow = await _run.CreateAsync(webhook => webhook.PlaceCode = "140224206");
        narrow.PlaceCodes.ShouldBe(["140224206"]);
        await _run.PublishAsync("elsewhere", "140225");
        await _run.PublishAsync("second", "140224206201");
        await _run.PublishAsync("first", $"{WebhookRun.Township}201");

        await _run.TakenAsync(2);
        var calls = _run.Receiver.Calls.ToList();
        calls.Select(call => call.Subject).ShouldBe(["first", "second"], ignoreOrder: true);
        calls.Single(call => call.Subject == "second").IsSignedWith(narrow.Secret).ShouldBeTrue("each has what its own webhook may have");
    }

    [Fact]
    public async Task Deliver_TypesThatWereNotAskedFor_AreNotSent()
    {
        await _run.CreateAsync(webhook => webhook.Types_.Add("jiceng.grid.case.rated.v1"));
        var other = await _run.CreateAsync(webhook => webhook.Types_.Add("jiceng.grid.case.closed.v1"));
        await _run.PublishAsync("a");

        await _run.TakenAsync(1);
        _run.Receiver.Calls.ShouldHaveSingleItem().IsSignedWith(other.Secret).ShouldBeTrue();
    }

    [Fact]
    public async Task Deliver_ReceiverThatHangs_HoldsUpNoOtherWebhook()
    {
        await using var slow = await Receiver.StartAsync();
        slow.Answer = async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 200;
        };
        await _run.CreateAsync(webhook => webhook.Address = slow.Address);
        await _run.CreateAsync();
        await _run.PublishAsync("a");
        await Eventually.HoldsAsync(() => !slow.Calls.IsEmpty, "the one that hangs is called");
        await _run.PublishAsync("b");

        await _run.TakenAsync(2);
        _run.Receiver.Subjects.ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    public async Task Deliver_Redirect_IsNotFollowed(int status)
    {
        await using var elsewhere = await Receiver.StartAsync();
        _run.Receiver.Answer = (_, context) =>
        {
            context.Response.Headers.Location = elsewhere.Address;
            return Task.FromResult(status);
        };
        var webhook = await _run.CreateAsync();
        await _run.PublishAsync("a");

        await Eventually.HoldsAsync(async () => (await _run.DeliveriesAsync(webhook)).Any(delivery => delivery.HttpStatus == status), "it counts as failed");
        elsewhere.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Deliver_AnswerWithoutEnd_IsTakenByItsHead()
    {
        _run.Receiver.Answer = async (_, context) =>
        {
            context.Response.StatusCode = 200;
            var junk = new byte[64 * 1024];
            try
            {
                while (true) await context.Response.Body.WriteAsync(junk, context.RequestAborted);
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException)
            {
                return 200;
            }
        };
        var webhook = await _run.CreateAsync();
        await _run.PublishAsync("a");

        await _run.TakenAsync(1);
        await Eventually.HoldsAsync(async () => (await _run.GetAsync(webhook)).SuccessTime is not null, "it counts as delivered");
        _run.Receiver.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_DatabaseFromAnotherCluster_GoesOnWhereItWas()
    {
        var webhook = await _run.CreateAsync();
        await _run.PublishAsync("a");
        await _run.TakenAsync(1);
        await _run.Client.PauseWebhookAsync(new PauseWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me);
        await _run.PublishAsync("b");
        await _run.Host.ExecuteAsync("UPDATE outbox_origin SET system_identifier = 'the old cluster'");

        using var relay = _run.Host.NewRelay();
        await relay.StartAsync(CancellationToken.None);
        await Eventually.HoldsAsync(async () => await _run.Host.ScalarAsync<long>("SELECT count(DISTINCT xid) FROM outbox") == 1, "the relay adopts the outbox");
        await relay.StopAsync(CancellationToken.None);
        await _run.Client.ResumeWebhookAsync(new ResumeWebhookRequest { WebhookId = webhook.WebhookId }, _run.Me);
        await _run.TakenAsync(2);

        _run.Receiver.Subjects.ShouldBe(["a", "b"]);
    }
}
