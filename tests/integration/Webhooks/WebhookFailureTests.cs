using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Common.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Webhooks;

/// <summary>Receivers that fail, replicas that die, and what becomes of events then.</summary>
public sealed class WebhookFailureTests
{
    [Fact]
    public async Task RetryAfter_OfABusyReceiver_IsHonouredForAllSubjects()
    {
        await using var run = await WebhookRun.StartAsync();
        var first = 0L;
        run.Receiver.Answer = (_, context) =>
        {
            if (Interlocked.CompareExchange(ref first, Stopwatch.GetTimestamp(), 0) != 0) return Task.FromResult(200);
            context.Response.Headers.RetryAfter = "2";
            return Task.FromResult(429);
        };
        await run.CreateAsync();
        await run.PublishAsync("a");
        await Eventually.HoldsAsync(() => Volatile.Read(ref first) != 0, "the first call comes");
        await run.PublishAsync("b");

        await run.TakenAsync(1);
        Stopwatch.GetElapsedTime(first).TotalSeconds.ShouldBeGreaterThan(1.9);
        await run.TakenAsync(2);
        run.Receiver.Calls.Count(call => call.Subject == "a").ShouldBe(2);
    }

    [Fact]
    public async Task GiveUp_AfterTheTime_KeepsTheEventAndGoesOn_AndReplaySendsIt()
    {
        await using var run = await WebhookRun.StartAsync(("Webhooks:GiveUpAfter", "00:00:00.001"));
        run.Receiver.Answer = (call, _) => Task.FromResult(call.Subject == "bad" ? 400 : 200);
        var webhook = await run.CreateAsync();
        await run.PublishAsync("good");
        await run.TakenAsync(1);
        var id = await run.PublishAsync("bad");
        await run.PublishAsync("bad", sequence: 2);
        await run.PublishAsync("better");

        await run.TakenAsync(2);
        await Eventually.HoldsAsync(async () => (await run.GetAsync(webhook)).DeadCount == 2, "both are given up");
        var dead = await run.DeliveriesAsync(webhook, WebhookDeliveryState.Dead);
        dead.ShouldAllBe(one => one.State == WebhookDeliveryState.Dead && one.HttpStatus == 400 && one.AttemptCount == 1 && one.NextAttemptTime == null);
        (await run.DeliveriesAsync(webhook, WebhookDeliveryState.Waiting)).ShouldBeEmpty();
        run.Receiver.Subjects.ShouldBe(["good", "better"]);

        run.Receiver.Answer = (_, _) => Task.FromResult(200);
        var one = new ReplayWebhookDeliveriesRequest { WebhookId = webhook.WebhookId, EventIds = { id.ToString() }, DryRun = true };
        (await run.Client.ReplayWebhookDeliveriesAsync(one, run.Me)).DeliveryCount.ShouldBe(1);
        (await run.GetAsync(webhook)).DeadCount.ShouldBe(2, "a dry run sends nothing");
        var all = new ReplayWebhookDeliveriesRequest { WebhookId = webhook.WebhookId };
        (await run.Client.ReplayWebhookDeliveriesAsync(all, run.Operator)).DeliveryCount.ShouldBe(2, "operations may");
        await run.TakenAsync(4);
        run.Receiver.Taken.Skip(2).Select(call => call.Event.GetProperty("sequence").GetString()).ShouldBe(["1", "2"]);
        await Eventually.HoldsAsync(async () => (await run.GetAsync(webhook)).DeadCount == 0, "they are done with");
    }

    [Fact]
    public async Task Pause_AfterManyDeadInARow_LosesNothing()
    {
        await using var run = await WebhookRun.StartAsync(("Webhooks:GiveUpAfter", "00:00:00.001"), ("Webhooks:PauseAfterDead", "3"));
        run.Receiver.Answer = (_, _) => Task.FromResult(500);
        var webhook = await run.CreateAsync();
        string[] subjects = [.. Enumerable.Range(0, 60).Select(number => $"case-{number}")];
        foreach (var subject in subjects) await run.PublishAsync(subject);

        await Eventually.HoldsAsync(async () => (await run.GetAsync(webhook)).State == WebhookState.Paused, "it is paused");
        (await run.GetAsync(webhook)).PauseReason.ShouldBe(WebhookPauseReason.Failing);
        await Eventually.HoldsAsync(
            () => run.Host.Lines.All.Any(line => line.Contains($"{webhook.WebhookId} is paused: Failing", StringComparison.Ordinal)), "operations see it in the log");
        run.Receiver.Answer = (_, _) => Task.FromResult(200);
        (await run.Client.ResumeWebhookAsync(new ResumeWebhookRequest { WebhookId = webhook.WebhookId }, run.Me)).State.ShouldBe(WebhookState.Active);
        await run.Client.ReplayWebhookDeliveriesAsync(new ReplayWebhookDeliveriesRequest { WebhookId = webhook.WebhookId }, run.Me);

        await run.TakenAsync(subjects.Length);
        run.Receiver.Subjects.ShouldBe(subjects, ignoreOrder: true);
    }

    [Fact]
    public async Task Gone_PausesAndKeepsTheEventForTheDayOnWhichItIsResumed()
    {
        await using var run = await WebhookRun.StartAsync();
        run.Receiver.Answer = (_, _) => Task.FromResult(410);
        var webhook = await run.CreateAsync();
        await run.PublishAsync("a");
        await Eventually.HoldsAsync(async () => (await run.GetAsync(webhook)).PauseReason == WebhookPauseReason.Gone, "it is paused");
        await run.PublishAsync("b");
        var calls = run.Receiver.Calls.Count;
        run.Receiver.Answer = (_, _) => Task.FromResult(200);

        await run.Client.ResumeWebhookAsync(new ResumeWebhookRequest { WebhookId = webhook.WebhookId }, run.Me);
        await run.TakenAsync(2);
        calls.ShouldBe(1);
        run.Receiver.Subjects.ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task Replay_SinceATime_SendsAllOfItAgainUnderItsIds()
    {
        await using var run = await WebhookRun.StartAsync();
        var webhook = await run.CreateAsync();
        var before = TimeProvider.System.GetUtcNow();
        var ids = new List<string>();
        foreach (var subject in (string[])["a", "b", "c"]) ids.Add((await run.PublishAsync(subject)).ToString());
        await run.TakenAsync(3);

        var replay = new ReplayWebhookDeliveriesRequest { WebhookId = webhook.WebhookId, StartTime = before.ToTimestamp(), DryRun = true };
        (await run.Client.ReplayWebhookDeliveriesAsync(replay, run.Me)).DeliveryCount.ShouldBe(3);
        replay.DryRun = false;
        (await run.Client.ReplayWebhookDeliveriesAsync(replay, run.Me)).DeliveryCount.ShouldBe(3);
        await run.TakenAsync(6);

        run.Receiver.Taken.Skip(3).Select(call => call.Id).ShouldBe(ids, ignoreOrder: true);
    }

    [Fact]
    public async Task ReplicaKilled_BetweenTheCallAndItsMark_SendsItAgainUnderTheSameId()
    {
        await using var run = await WebhookRun.StartAsync();
        var killed = false;
        run.Receiver.Answer = async (call, _) =>
        {
            // What a replica leaves that dies now: nothing is marked, and its lease runs out.
            if (call.Subject == "a" && !Interlocked.Exchange(ref killed, true)) await run.Host.ExecuteAsync("UPDATE webhook SET lease_id = gen_random_uuid(), lease_end_time = now()");
            return 200;
        };
        await run.CreateAsync();
        var id = await run.PublishAsync("a");
        await run.PublishAsync("b");

        await Eventually.HoldsAsync(() => run.Receiver.Subjects.Count(subject => subject == "a") >= 2 && run.Receiver.Subjects.Contains("b"), "it comes again, and what follows");
        var again = run.Receiver.Taken.Where(call => call.Subject == "a").ToList();
        again.Count.ShouldBe(2);
        again.ShouldAllBe(call => call.Id == id.ToString());
    }

    [Fact]
    public async Task LeaseOfADeadReplica_IsWaitedFor_ThenAnotherGoesOn()
    {
        await using var run = await WebhookRun.StartAsync();
        await run.CreateAsync();
        await run.Host.ExecuteAsync("UPDATE webhook SET lease_id = gen_random_uuid(), lease_end_time = now() + interval '3 s'");
        var began = Stopwatch.GetTimestamp();
        await run.PublishAsync("a");

        await run.TakenAsync(1);
        Stopwatch.GetElapsedTime(began).TotalSeconds.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task TwoReplicas_InNormalRunning_SendEachEventOnce()
    {
        await using var run = await WebhookRun.StartAsync();
        await using var second = await run.StartReplicaAsync();
        foreach (var _ in (int[])[1, 2, 3]) await run.CreateAsync();
        for (var i = 0; i < 100; i++) await WebhookRun.PublishAsync(i % 2 == 0 ? run.Host : second, $"case-{i % 10}", sequence: i);

        await run.TakenAsync(300);
        await Eventually.HoldsAsync(async () => await run.Host.ScalarAsync<long>("SELECT count(*) FROM webhook WHERE lease_id IS NOT NULL") == 0, "all turns are over");
        run.Receiver.Calls.Count.ShouldBe(300);
        foreach (var one in run.Receiver.Taken.GroupBy(call => call.Id)) one.Count().ShouldBe(3, "once for each webhook");
    }

    [Fact]
    public async Task Outage_OfTheReceiver_KeepsAHundredWaitingAndTheRestInTheFeed()
    {
        await using var run = await WebhookRun.StartAsync();
        run.Receiver.Answer = (_, _) => Task.FromResult(503);
        var webhook = await run.CreateAsync();
        for (var i = 0; i < 150; i++) await run.PublishAsync($"case-{i}");
        await Eventually.HoldsAsync(async () => (await run.GetAsync(webhook)).WaitingCount >= 100, "it has as many as may wait");
        var calls = run.Receiver.Calls.Count;
        await Eventually.HoldsAsync(() => run.Receiver.Calls.Count > calls + 100, "they are tried again and again");
        (await run.GetAsync(webhook)).WaitingCount.ShouldBeLessThan(120);
        run.Receiver.Answer = (_, _) => Task.FromResult(200);

        await run.Client.PauseWebhookAsync(new PauseWebhookRequest { WebhookId = webhook.WebhookId }, run.Me);
        await run.Client.ResumeWebhookAsync(new ResumeWebhookRequest { WebhookId = webhook.WebhookId }, run.Me);
        await run.TakenAsync(150);
        run.Receiver.Subjects.Distinct().Count().ShouldBe(150);
    }
}
