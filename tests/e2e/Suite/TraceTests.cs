using Jiceng.EndToEndTests.Runner;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

[Collection(SuiteGroup.Name)]
public sealed class TraceTests(SuiteFixture suite)
{
    [Fact]
    public async Task VerifyCase_ThroughGateway_IsOneTraceToTheLedgerEntry()
    {
        var worker = await suite.NewWorkerAsync();
        var caseId = await suite.CloseCaseAsync(worker);
        var entries = await suite.AwaitEntriesAsync(worker.PersonId, 1);
        var steps = await suite.Gateway.Cases.ListCaseStepsAsync(
            new ListCaseStepsRequest { CaseId = caseId }, suite.Secretary.Options(TestContext.Current.CancellationToken));
        var trace = steps.Steps.Single(step => step.Verb == "pass").TraceId;
        entries.ShouldAllBe(entry => entry.TraceId == trace);

        string[] way = ["jiceng-gateway", "jiceng-grid", "jiceng-grid:outbox", "sidecar", "jiceng-scoring"];
        // Each process exports independently: a span may arrive before its parent.
        await JicengScript.UntilAsync(() => way.All(stop => Stops(trace).Any(span => IsAt(span, stop))), $"{string.Join(", ", way)} in trace {trace}");
        var stops = Stops(trace);
        var order = way.Select(stop => stops.FindLastIndex(span => IsAt(span, stop))).ToList();
        order.SequenceEqual(order.OrderDescending()).ShouldBeTrue($"each process is called by the previous one: {string.Join(" < ", stops)}");
    }

    private static bool IsAt(ExportedSpan span, string stop) => stop switch
    {
        "jiceng-grid:outbox" => span.Service == "jiceng-grid" && span.Name.StartsWith("outbox publish", StringComparison.Ordinal),
        // daprd and its double name their spans like this, under their app's id.
        "sidecar" => span.Name.StartsWith("pubsub/", StringComparison.Ordinal),
        _ => span.Service == stop,
    };

    /// <summary>From the event that scoring handled back to the call, as far as the spans are known.</summary>
    private List<ExportedSpan> Stops(string trace)
    {
        var spans = suite.Receiver.Spans.Where(span => span.TraceId == trace).DistinctBy(span => span.SpanId).ToDictionary(span => span.SpanId);
        return spans.Values.FirstOrDefault(span => span.Service == "jiceng-scoring" && span.Name == "event handle") is { } heard ? [.. Ancestors(heard, spans)] : [];
    }

    private static IEnumerable<ExportedSpan> Ancestors(ExportedSpan span, Dictionary<string, ExportedSpan> spans)
    {
        for (ExportedSpan? at = span; at is not null; at = spans.GetValueOrDefault(at.ParentId))
            yield return at;
    }
}
