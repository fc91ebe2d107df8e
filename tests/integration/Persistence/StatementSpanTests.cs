using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using Jiceng.Persistence;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Persistence;

public sealed class StatementSpanTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SELECT c.case_id FROM grid_case c WHERE c.case_id = $1", "SELECT grid_case")]
    [InlineData("INSERT INTO outbox (id)\nVALUES ($1)", "INSERT outbox")]
    [InlineData("  update node SET name = $1", "UPDATE node")]
    [InlineData("SELECT 1", "SELECT")]
    [InlineData("LISTEN case_changed", "LISTEN")]
    public void Name_OfAStatement_IsItsVerbAndTable(string statement, string name) => StatementSpans.NameOf(statement).ShouldBe(name);

    [Fact]
    public async Task Spans_WithinATrace_HoldStatementsButNeitherValuesNorTheConnectionString()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var source = new ActivitySource("Jiceng.IntegrationTests.StatementSpans");
        using var listener = Listen(spans);
        await using var host = await PersistenceHost.StartAsync();

        ActivityTraceId trace;
        using (var call = source.StartActivity("call").ShouldNotBeNull())
        {
            trace = call.TraceId;
            await host.Database.WriteAsync(
                new WriteContext("caller", "method"),
                async (work, _) =>
                {
                    work.ExecuteOnCommit("UPDATE thing SET number = number + 1 WHERE id = @id", new { id = "11010519491231002X" });
                    return await work.Connection.ExecuteAsync("INSERT INTO thing (id) VALUES (@id)", new { id = "11010519491231002X" });
                },
                Stop);
        }

        var ours = spans.Where(span => span.TraceId == trace && span.Source.Name == "Npgsql").ToList();
        ours.Select(span => span.DisplayName).ShouldContain("INSERT thing");
        ours.Select(span => span.DisplayName).ShouldContain("UPDATE thing");
        ours.Select(span => span.GetTagItem("db.query.text") as string).ShouldContain(text => text != null && text.StartsWith("INSERT INTO thing", StringComparison.Ordinal));
        foreach (var (key, value) in ours.SelectMany(span => span.TagObjects))
        {
            var text = $"{value}";
            text.ShouldNotContain("11010519491231002X", customMessage: key);
            text.ShouldNotContain("Username", customMessage: key);
        }
    }

    [Fact]
    public async Task Statement_OutsideAnyTrace_LeavesNoSpan()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        await using var host = await PersistenceHost.StartAsync();
        Activity.Current = null;

        await host.ExecuteAsync("INSERT INTO thing (id) VALUES ('polled_statement')");

        spans.ShouldNotContain(span => $"{span.GetTagItem("db.query.text")}".Contains("polled_statement", StringComparison.Ordinal));
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Jiceng.IntegrationTests.StatementSpans",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
