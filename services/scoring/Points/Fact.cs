using System.Collections.Immutable;
using Jiceng.Scoring.Subjects;

namespace Jiceng.Scoring.Points;

/// <summary>Something that happened and may give points: an event brought into the form that rules speak of.</summary>
/// <param name="EventId">CloudEvents id.</param>
/// <param name="Type">CloudEvents type, one of <see cref="Schemes.EventCatalog"/>.</param>
/// <param name="MatterId">What it is about: id of the case, item or record.</param>
/// <param name="Time">When it was reported, whole microseconds.</param>
/// <param name="Day">The day that decides scheme version and period, Asia/Shanghai.</param>
/// <param name="TraceId">Trace in which it happened; empty when it was not traced.</param>
/// <param name="Label">What it was, in Chinese, for the reason of the entry.</param>
/// <param name="Fields">Values that conditions and amounts look at, as text: flags are true or false.</param>
/// <param name="Parts">Who had which role in it.</param>
internal sealed record Fact(
    Guid EventId,
    string Type,
    string MatterId,
    DateTimeOffset Time,
    DateOnly Day,
    string TraceId,
    string Label,
    ImmutableSortedDictionary<string, string> Fields,
    ImmutableArray<Part> Parts);

/// <summary>A subject's role in an event.</summary>
internal sealed record Part(string Role, SubjectRef Subject);
