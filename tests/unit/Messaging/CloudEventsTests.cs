using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Messaging;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Messaging;

public sealed class CloudEventsTests
{
    private const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static readonly Envelope Sample = new()
    {
        Id = Guid.Parse("0197a0a0-0000-7000-8000-000000000001"),
        Topic = "jiceng.grid.case.v1",
        Type = "jiceng.grid.case.closed.v1",
        Source = "jiceng/grid",
        Subject = "case 1",
        Place = PlaceCode.Parse("140224001001"),
        Sequence = long.MaxValue,
        Time = new DateTimeOffset(2026, 3, 1, 0, 30, 0, TimeSpan.Zero),
        TraceParent = Trace,
        DataJson = """{"caseId":"<&>\u0000网格"}""",
    };

    [Fact]
    public void Read_WhatWasWritten_IsTheSame() => CloudEvents.Read(CloudEvents.Write(Sample)).ShouldBe(Sample);

    [Fact]
    public void Read_WithoutPlaceAndTrace_HasNone()
    {
        var bare = Sample with { Place = null, TraceParent = null };

        var read = CloudEvents.Read(CloudEvents.Write(bare));

        read.ShouldBe(bare);
        read.Trace.ShouldBe(default);
    }

    [Fact]
    public void Write_Any_IsACloudEventThatTheSidecarLeavesAlone()
    {
        var json = JsonDocument.Parse(CloudEvents.Write(Sample)).RootElement;

        json.GetProperty("specversion").GetString().ShouldBe("1.0");
        json.GetProperty("datacontenttype").GetString().ShouldBe("application/json");
        json.GetProperty("data").GetProperty("caseId").GetString().ShouldBe("<&>\0网格");
        json.GetProperty("sequence").GetString().ShouldBe("9223372036854775807");
        json.GetProperty("traceparent").GetString().ShouldBe(Trace);
        // Without it the sidecar writes a traceparent of its own.
        json.GetProperty("traceid").GetString().ShouldBe(Trace);
        json.EnumerateObject().Select(attribute => attribute.Name).ShouldAllBe(name => name.All(char.IsAsciiLetterLower));
    }

    [Theory]
    [InlineData("id", "id is missing")]
    [InlineData("type", "type is missing")]
    [InlineData("source", "source is missing")]
    [InlineData("data", "data is no JSON object")]
    [InlineData("sequence", "sequence is no integer")]
    [InlineData("time", "time is no time")]
    public void Read_AttributeMissing_SaysWhich(string attribute, string problem)
    {
        var fields = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(CloudEvents.Write(Sample))!;
        fields.Remove(attribute);

        Should.Throw<MalformedEventException>(() => CloudEvents.Read(JsonSerializer.SerializeToUtf8Bytes(fields))).Message.ShouldBe(problem);
    }

    [Fact]
    public void Read_AnyBytes_IsReadOrMalformedNeverElse() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        bytes =>
        {
            try
            {
                CloudEvents.Read(bytes);
            }
            catch (MalformedEventException)
            {
                // The one way to fail.
            }

            CloudEvents.Peek(bytes);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Read_AnyByteOfAnEventAltered_IsReadOrMalformedNeverElse()
    {
        var good = CloudEvents.Write(Sample);
        for (var i = 0; i < good.Length; i++)
        {
            var altered = (byte[])good.Clone();
            altered[i] ^= 0x15;
            try
            {
                CloudEvents.Read(altered);
            }
            catch (MalformedEventException)
            {
                // The one way to fail.
            }

            CloudEvents.Peek(altered);
        }
    }

    [Fact]
    public void Read_Malformed_NeverQuotesTheMessage() => Should
        .Throw<MalformedEventException>(() => CloudEvents.Read(Encoding.UTF8.GetBytes("""{"id":"13812341234","type":"t","source":"s"}""")))
        .Message.ShouldNotContain("138");

    [Theory]
    [InlineData("jiceng.grid.case.v1", "jiceng/grid")]
    [InlineData("jiceng.scoring.points.v1", "jiceng/scoring")]
    public void SourceOf_Topic_IsItsService(string topic, string source) => CloudEvents.SourceOf(topic).ShouldBe(source);

    [Theory]
    [InlineData("cases")]
    [InlineData("other.grid.case.v1")]
    public void SourceOf_MisnamedTopic_IsRefused(string topic) => Should.Throw<ArgumentException>(() => CloudEvents.SourceOf(topic));
}
