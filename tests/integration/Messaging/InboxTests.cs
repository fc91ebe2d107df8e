using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Jiceng.Domain;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Messaging;

public sealed class InboxTests : IAsyncLifetime
{
    private const string Success = """{"status":"SUCCESS"}""";
    private readonly Guid _id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
    private MessagingHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await MessagingHost.StartAsync(new() { Runs = false });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Deliver_TwentyTimesAtOnce_TakesEffectOnce()
    {
        var message = Deliveries.CaseClosed(_id);
        _host.Handler.Before = _ => Task.Delay(30);

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Deliveries.PostAsync(_host, message)));

        replies.ShouldAllBe(reply => reply.Status == HttpStatusCode.OK && reply.Body == Success);
        (await _host.EffectsAsync()).ShouldBe(1);
        (await _host.ScalarAsync<long>("SELECT count(*) FROM inbox")).ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_AgainAndTheHandlerFailsNow_IsADuplicate()
    {
        var message = Deliveries.CaseClosed(_id);
        await Deliveries.PostAsync(_host, message);
        _host.Handler.Before = _ => throw new InvalidOperationException("no");

        (await Deliveries.PostAsync(_host, message)).ShouldBe((HttpStatusCode.OK, Success));

        (await _host.EffectsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_HandlerFails_LeavesNothingAndIsTakenLater()
    {
        var message = Deliveries.CaseClosed(_id);
        _host.Handler.Before = _ => throw new InvalidOperationException("no");
        (await Deliveries.PostAsync(_host, message)).Status.ShouldBe(HttpStatusCode.InternalServerError);
        (await _host.EffectsAsync()).ShouldBe(0);
        (await _host.ScalarAsync<long>("SELECT count(*) FROM inbox")).ShouldBe(0);

        _host.Handler.Before = _ => throw CommonErrors.DependencyUnavailable.With(("dependency", "x"));
        (await Deliveries.PostAsync(_host, message)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);

        _host.Handler.Before = _ => Task.CompletedTask;
        (await Deliveries.PostAsync(_host, message)).ShouldBe((HttpStatusCode.OK, Success));
        (await _host.EffectsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_TypeThatIsNotHeard_IsAcknowledgedAndIgnored()
    {
        (await Deliveries.PostAsync(_host, Deliveries.CaseClosed(_id, type: "jiceng.grid.case.unheard.v1"))).ShouldBe((HttpStatusCode.OK, Success));

        _host.Handler.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_ValueThatOnlyTheCommitRefuses_IsDroppedToTheDeadLettersAtOnce()
    {
        (await Deliveries.PostAsync(_host, Deliveries.CaseClosed(_id, caseId: "前\0后"))).ShouldBe((HttpStatusCode.OK, """{"status":"DROP"}"""));

        (await _host.EffectsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_BodyThatIsTooLarge_IsTheSendersFailure()
    {
        using var sender = new TcpClient(_host.Http.Host, _host.Http.Port);
        var head = $"POST /events/{MessagingHost.Topic} HTTP/1.1\r\nHost: grid\r\nContent-Length: 1000000000000\r\n\r\n";
        await sender.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(sender.GetStream());
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("HTTP/1.1 413 Payload Too Large");
        _host.Lines.All.ShouldNotContain(line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":"not-a-uuid","type":"t","source":"s","data":{}}""")]
    [InlineData("""{"id":"0197a0a0-0000-7000-8000-000000000001","type":"jiceng.grid.case.closed.v1","source":"jiceng/grid","time":"2026-01-01T00:00:00Z","sequence":"1","data":{"reworkCount":"many"}}""")]
    public async Task Deliver_Malformed_IsDroppedToTheDeadLettersAtOnce(string message)
    {
        var bytes = Encoding.UTF8.GetBytes(message);

        (await Deliveries.PostAsync(_host, bytes)).ShouldBe((HttpStatusCode.OK, """{"status":"DROP"}"""));

        // What the sidecar does next. The same message once more is the same letter.
        (await Deliveries.PostDeadAsync(_host, bytes)).ShouldBe((HttpStatusCode.OK, Success));
        (await Deliveries.PostDeadAsync(_host, bytes)).ShouldBe((HttpStatusCode.OK, Success));
        (await _host.ScalarAsync<string>("SELECT error FROM dead_letter")).ShouldStartWith("malformed: ");
        (await _host.ScalarAsync<byte[]>("SELECT message FROM dead_letter")).ShouldBe(bytes);
        _host.Handler.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task Deliver_ValueThatNoTryCanHandle_IsDroppedAndItsValueIsNotKept()
    {
        var message = Deliveries.CaseClosed(_id);
        Func<string, Task>[] failures =
        [
            _ => throw new FormatException("String '王秀兰' was not recognized as a valid DateOnly."),
            _ => throw CommonErrors.PlaceCodeInvalid.With(("field", "node_code"), ("value", "王秀兰"), ("digits", "3")),
            _ => throw new PostgresException("invalid byte sequence 王秀兰", "ERROR", "ERROR", PostgresErrorCodes.CharacterNotInRepertoire),
        ];
        foreach (var failure in failures)
        {
            _host.Handler.Before = failure;
            (await Deliveries.PostAsync(_host, message)).ShouldBe((HttpStatusCode.OK, """{"status":"DROP"}"""));
        }

        await Deliveries.PostDeadAsync(_host, message);
        (await _host.ScalarAsync<string>("SELECT error FROM dead_letter")).ShouldBe($"malformed: a value of {MessagingHost.Closed} is of the wrong form");
    }

    [Fact]
    public async Task Deliver_FieldOfANewerPublisher_IsIgnored()
    {
        var message = Deliveries.CaseClosed(_id, data: """{"caseId":"c1","addedLater":{"x":1}}""");

        (await Deliveries.PostAsync(_host, message)).ShouldBe((HttpStatusCode.OK, Success));

        (await _host.EffectsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_WithTrace_TellsTheHandlerTheTraceOfTheChange()
    {
        var trace = ActivityTraceId.CreateRandom();

        await Deliveries.PostAsync(_host, Deliveries.CaseClosed(_id, traceParent: $"00-{trace}-{ActivitySpanId.CreateRandom()}-01"));

        (await _host.ScalarAsync<string>("SELECT trace_id FROM effect")).ShouldBe(trace.ToHexString());
    }

    [Fact]
    public async Task Deliver_TokenIsSet_RefusesWhoDoesNotShowIt()
    {
        await using var guarded = await MessagingHost.StartAsync(new() { Runs = false, Settings = { ["APP_API_TOKEN"] = "secret" } });
        var message = Deliveries.CaseClosed(_id);

        (await Deliveries.PostAsync(guarded, message)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await Deliveries.PostAsync(guarded, MessagingHost.Topic, message, "wrong")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await Deliveries.PostDeadAsync(guarded, message)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await Deliveries.PostAsync(guarded, MessagingHost.Topic, message, "secret")).Status.ShouldBe(HttpStatusCode.OK);
    }
}
