using Shouldly;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>A panel or an alert about a metric that nobody emits stays silent for ever; so does a link to a heading that was renamed.</summary>
public sealed class MetricTests
{
    private const string Folder = "deploy/k8s/components/observability/";

    private static readonly Lazy<HashSet<string>> Emitted = new(() =>
    [
        .. Repository.Files.Where(file => file.Extension == ".cs" && (file.Path.StartsWith("services/", StringComparison.Ordinal) || file.Path.StartsWith("libs/", StringComparison.Ordinal)))
            .SelectMany(Instruments.Rows).Select(Cells).SelectMany(cells => Metrics.Stored(cells[0], cells[1], cells[2])),
        .. TableOf("Built-in").SelectMany(cells => Metrics.Stored(cells[0], cells[1], cells[2])),
        .. TableOf("Of the sidecar").SelectMany(cells => cells[1] == "histogram" ? Metrics.Histogram(cells[0]) : [cells[0]]),
        "up",
    ]);

    private static readonly IReadOnlyList<Alert> Alerts = [.. ReadAlerts()];

    public static TheoryData<string> Dashboards =>
        [.. Repository.Files.Where(file => file.Path.StartsWith($"{Folder}dashboards/", StringComparison.Ordinal)).Select(file => file.Path)];

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Dashboard_EachMetric_IsEmitted(string path)
    {
        var expressions = Metrics.OfDashboard(Repository.Read(path)).ToList();
        expressions.ShouldNotBeEmpty();
        foreach (var expression in expressions) Check(path, expression);
    }

    [Fact]
    public void Alerts_EachMetric_IsEmitted()
    {
        foreach (var alert in Alerts) Check(alert.Name, alert.Expression);
    }

    [Fact]
    public void Alerts_EachOne_LeadsToAHeadingOfTheRunbook()
    {
        foreach (var alert in Alerts)
        {
            var link = alert.Runbook.Split('#');
            link.Length.ShouldBe(2, $"{alert.Name}: runbook has to be docs/runbook.md#heading");
            Anchors(Repository.Read(link[0])).ShouldContain(link[1], alert.Name);
        }
    }

    [Theory]
    [InlineData("jiceng.outbox.lag", "ObservableGauge", "s", "jiceng_outbox_lag_seconds")]
    [InlineData("jiceng.dead_letters", "Counter", "{message}", "jiceng_dead_letters_total")]
    [InlineData("a.b", "Histogram", "s", "a_b_seconds_bucket a_b_seconds_count a_b_seconds_sum")]
    [InlineData("m", "ObservableUpDownCounter", "By", "m_bytes")]
    public void Stored_Sample_IsNamed(string instrument, string kind, string unit, string expected) =>
        Metrics.Stored(instrument, kind, unit).ShouldBe(expected.Split(' '));

    [Theory]
    [InlineData("sum by (job) (rate(a_total{x=\"b_c\"}[5m])) / on (job) group_left (y) max(d) > 0.9", "a_total d")]
    [InlineData("histogram_quantile(0.99, sum by (le) (rate(h_bucket[5m]))) or absent(up == 0)", "h_bucket up")]
    public void Read_Sample_IsFound(string expression, string expected) => Metrics.Read(expression).ShouldBe(expected.Split(' '));

    private static void Check(string where, string expression)
    {
        var read = Metrics.Read(expression).ToList();
        read.ShouldNotBeEmpty($"{where}: {expression}");
        foreach (var metric in read) Emitted.Value.ShouldContain(metric, $"{where}: nothing emits {metric}: {expression}");
    }

    private static string[] Cells(string row) => [.. row.Trim('|', ' ').Split('|').Select(cell => cell.Trim().Trim('`'))];

    /// <summary>Rows of the table of docs/telemetry.md whose first column is called so.</summary>
    private static List<string[]> TableOf(string first)
    {
        var rows = Repository.Read("docs/telemetry.md").Split('\n').SkipWhile(line => !line.StartsWith($"| {first} |", StringComparison.Ordinal))
            .Skip(2).TakeWhile(line => line.StartsWith('|')).Select(Cells).ToList();
        rows.ShouldNotBeEmpty(first);
        return rows;
    }

    private static IEnumerable<Alert> ReadAlerts()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read($"{Folder}config/alerts.yaml")));
        return from YamlMappingNode groups in (YamlSequenceNode)yaml.Documents[0].RootNode["groups"]
               from YamlMappingNode rule in (YamlSequenceNode)groups["rules"]
               select new Alert(rule["alert"].ToString(), rule["expr"].ToString(), rule["annotations"]["runbook"].ToString());
    }

    /// <summary>As Markdown viewers make them: small letters, hyphens for blanks, nothing else.</summary>
    private static IEnumerable<string> Anchors(string markdown) => markdown.Split('\n').Where(line => line.StartsWith('#'))
        .Select(line => string.Concat(line.TrimStart('#', ' ').ToLowerInvariant().Where(sign => char.IsLetterOrDigit(sign) || sign is ' ' or '-' or '_')).Replace(' ', '-'));

    private sealed record Alert(string Name, string Expression, string Runbook);
}
