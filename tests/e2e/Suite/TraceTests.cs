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
    public async Task VerifyCase_ThroughTheGateway_IsOneTraceToThePointsEntry()
    {
        var worker = await suite.NewWorkerAsync();
        var caseId = await suite.CloseCaseAsync(worker);
        var entries = await suite.AwaitEntriesAsync(worker.PersonId, 1);
        var steps = await suite.Gateway.Cases.ListCaseStepsAsync(
            new ListCaseStepsRequest { CaseId = caseId }, suite.Secretary.Options(TestContext.Current.CancellationToken));
        var trace = steps.Steps.Single(step => step.Verb == "pass").TraceId;
        entries.ShouldAllBe(entry => entry.TraceId == trace);

        string[] way = ["jiceng-gateway", "jiceng-grid", "jiceng-grid:outbox", "sidecar", "jiceng-scoring"];
        await JicengScript.UntilAsync(() => way.All(stop => Spans(trace).Any(span => IsAt(span, stop))), $"spans of {string.Join(", ", way)} in trace {trace}");
        var spans = Spans(trace).DistinctBy(span => span.SpanId).ToDictionary(span => span.SpanId);
        var heard = spans.Values.Where(span => span.Service == "jiceng-scoring" && span.Name == "event handle").ToList();
        heard.ShouldNotBeEmpty(string.Join("; ", spans.Values));
        var stops = Ancestors(heard[0], spans).ToList();
        foreach (var stop in way)
            stops.ShouldContain(span => IsAt(span, stop), $"{stop} is not among: {string.Join(" < ", stops)}");
        var order = way.Select(stop => stops.FindLastIndex(span => IsAt(span, stop))).ToList();
        order.SequenceEqual(order.OrderDescending()).ShouldBeTrue($"each part was called by the one before it: {string.Join(" < ", stops)}");
    }

    private static bool IsAt(ExportedSpan span, string stop) => stop switch
    {
        "jiceng-grid:outbox" => span.Service == "jiceng-grid" && span.Name.StartsWith("outbox publish", StringComparison.Ordinal),
        // daprd and its double name their spans so, under the id of their app.
        "sidecar" => span.Name.StartsWith("pubsub/", StringComparison.Ordinal),
        _ => span.Service == stop,
    };

    private IEnumerable<ExportedSpan> Spans(string trace) => suite.Receiver.Spans.Where(span => span.TraceId == trace);

    private static IEnumerable<ExportedSpan> Ancestors(ExportedSpan span, Dictionary<string, ExportedSpan> spans)
    {
        for (ExportedSpan? at = span; at is not null; at = spans.GetValueOrDefault(at.ParentId))
            yield return at;
    }
}
