using System.Net;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Messaging;

public sealed class DeadLetterTests : IAsyncLifetime
{
    private MessagingHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await MessagingHost.StartAsync(new() { Runs = false });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Receive_HandlerStillFails_StoresTheKindOfTheErrorWithoutItsMessage()
    {
        var id = await LetterAsync("c1");

        var letter = (await ListAsync(new())).DeadLetters.ShouldHaveSingleItem();
        letter.EventId.ShouldBe(id.ToString());
        letter.Type.ShouldBe(MessagingHost.Closed);
        letter.Topic.ShouldBe(MessagingHost.Topic);
        letter.Error.ShouldBe("InvalidOperationException");
        letter.ReplayCount.ShouldBe(0);
    }

    [Fact]
    public async Task Receive_HandlerWorksByNow_StoresNothing()
    {
        await Deliveries.PostDeadAsync(_host, Deliveries.CaseClosed(NewId()));

        (await _host.EffectsAsync()).ShouldBe(1);
        (await ListAsync(new())).DeadLetters.ShouldBeEmpty();
    }

    [Fact]
    public async Task Receive_EventWasHandledMeanwhile_StoresNothing()
    {
        var message = Deliveries.CaseClosed(NewId());
        await Deliveries.PostAsync(_host, message);
        _host.Handler.Before = _ => throw new InvalidOperationException("no");

        await Deliveries.PostDeadAsync(_host, message);

        (await ListAsync(new())).DeadLetters.ShouldBeEmpty();
    }

    [Fact]
    public async Task Receive_DatabaseIsAwayForTheHandler_IsToComeAgainAndIsNoDeadLetter()
    {
        _host.Handler.Before = _ => throw CommonErrors.DependencyUnavailable.With(("dependency", "PostgreSQL"));

        var (status, _) = await Deliveries.PostDeadAsync(_host, Deliveries.CaseClosed(NewId()));

        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ListAsync(new())).DeadLetters.ShouldBeEmpty();
    }

    [Fact]
    public async Task Replay_HandlerFailsAgain_KeepsTheLetterWithItsNewError()
    {
        await LetterAsync("c1");
        _host.Handler.Before = _ => throw new TimeoutException();

        var answer = await _host.Client.ReplayDeadLettersAsync(new() { RequestId = NewId().ToString() }, _host.As("operator"));

        answer.ShouldBe(new() { FailedCount = 1 });
        var letter = (await ListAsync(new())).DeadLetters.ShouldHaveSingleItem();
        (letter.Error, letter.ReplayCount).ShouldBe(("TimeoutException", 1));
    }

    [Fact]
    public async Task Replay_SomeOfThem_HandlesThoseOnceAndSaysSoAgain()
    {
        var first = await LetterAsync("c1");
        await LetterAsync("c2");
        _host.Handler.Before = _ => Task.CompletedTask;
        var request = new ReplayDeadLettersRequest { EventIds = { first.ToString() }, RequestId = NewId().ToString() };
        (await _host.Client.ReplayDeadLettersAsync(new() { DryRun = true }, _host.As("operator"))).ReplayedCount.ShouldBe(2);
        (await _host.EffectsAsync()).ShouldBe(0, "a dry run handles nothing");

        (await _host.Client.ReplayDeadLettersAsync(request, _host.As("operator"))).ShouldBe(new() { ReplayedCount = 1 });
        (await _host.Client.ReplayDeadLettersAsync(request, _host.As("operator"))).ShouldBe(new() { ReplayedCount = 1 });

        (await _host.EffectsAsync()).ShouldBe(1);
        (await ListAsync(new())).DeadLetters.ShouldHaveSingleItem().EventId.ShouldNotBe(first.ToString());
        (await _host.ScalarAsync<long>("SELECT count(*) FROM audit WHERE action = 'dead_letters.replay'")).ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_EventThatIsADeadLetter_RemovesTheLetterWhenItTakesEffect()
    {
        var id = await LetterAsync("c1");
        _host.Handler.Before = _ => Task.CompletedTask;

        await Deliveries.PostAsync(_host, Deliveries.CaseClosed(id));

        (await ListAsync(new())).DeadLetters.ShouldBeEmpty();
    }

    [Fact]
    public async Task List_ByPages_ShowsEachOnceNewestFirst()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Add((await LetterAsync($"c{i}")).ToString());
        var seen = new List<string>();
        var request = new ListDeadLettersRequest { PageSize = 2 };
        do
        {
            var page = await ListAsync(request);
            seen.AddRange(page.DeadLetters.Select(letter => letter.EventId));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        ids.Reverse();
        seen.ShouldBe(ids);
    }

    [Theory]
    [InlineData("county_organizer")]
    [InlineData("service")]
    public async Task Calls_RoleThatDoesNotOperate_AreRefused(string role)
    {
        var refused = await Should.ThrowAsync<RpcException>(async () => await _host.Client.ListDeadLettersAsync(new(), _host.As(role)));
        refused.StatusCode.ShouldBe(StatusCode.PermissionDenied);
    }

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    private async Task<Guid> LetterAsync(string caseId)
    {
        var id = NewId();
        _host.Handler.Before = _ => throw new InvalidOperationException("a message that might hold data");
        await Deliveries.PostDeadAsync(_host, Deliveries.CaseClosed(id, caseId));
        return id;
    }

    private async Task<ListDeadLettersResponse> ListAsync(ListDeadLettersRequest request) =>
        await _host.Client.ListDeadLettersAsync(request, _host.As("operator"));
}
