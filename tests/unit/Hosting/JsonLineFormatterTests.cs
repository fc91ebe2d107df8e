using System.Diagnostics;
using System.Text.Json;
using Jiceng.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class JsonLineFormatterTests
{
    private readonly JsonLineFormatter _formatter = new(new ServiceIdentity("grid"), TimeProvider.System);

    [Fact]
    public void Line_HoldsMessageValuesAndTrace()
    {
        using var activity = new Activity("call").SetIdFormat(ActivityIdFormat.W3C).Start();
        KeyValuePair<string, object?>[] state =
            [new("Place", "灵丘县"), new("Count", 3), new("Empty", null), new("{OriginalFormat}", "{Place} has {Count}")];

        var line = Write(LogLevel.Warning, state, null);

        line.GetProperty("level").GetString().ShouldBe("warn");
        line.GetProperty("service").GetString().ShouldBe("jiceng-grid");
        line.GetProperty("message").GetString().ShouldBe("灵丘县 has 3");
        line.GetProperty("values").GetProperty("Count").GetInt32().ShouldBe(3);
        line.GetProperty("values").GetProperty("Empty").ValueKind.ShouldBe(JsonValueKind.Null);
        line.GetProperty("values").TryGetProperty("{OriginalFormat}", out _).ShouldBeFalse();
        line.GetProperty("trace_id").GetString().ShouldBe(activity.TraceId.ToHexString());
        line.GetProperty("time").GetDateTimeOffset().Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Line_WithExceptionOfManyLines_IsOneLine()
    {
        var line = Write(LogLevel.Error, [new("{OriginalFormat}", "broken")], new InvalidOperationException("first\nsecond"));

        line.GetProperty("exception").GetString()!.ShouldContain("first\nsecond");
        line.TryGetProperty("values", out _).ShouldBeFalse();
        line.TryGetProperty("trace_id", out _).ShouldBeFalse();
    }

    private JsonElement Write(LogLevel level, KeyValuePair<string, object?>[] state, Exception? exception)
    {
        using var writer = new StringWriter();
        var entry = new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(
            level, "Jiceng.Grid.Case", new EventId(1, "case_closed"), state, exception, (values, _) => $"{values[0].Value} has {(values.Count > 1 ? values[1].Value : "")}");
        _formatter.Write(entry, null, writer);
        var text = writer.ToString();
        text.TrimEnd('\n', '\r').ShouldNotContain('\n');
        return JsonDocument.Parse(text).RootElement.Clone();
    }
}
