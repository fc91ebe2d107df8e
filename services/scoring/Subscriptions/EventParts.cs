using System.Collections.Immutable;
using Google.Protobuf;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>What the subscriptions share when they turn events into facts. Empty ids are left out: nobody had that role.</summary>
internal static class EventParts
{
    public static IEnumerable<Part> Persons(string role, IEnumerable<string> ids) =>
        ids.Where(id => id.Length > 0).Distinct().Select(id => new Part(role, SubjectRef.Person(id)));

    public static IEnumerable<Part> Organizations(IEnumerable<string> ids) =>
        ids.Where(id => id.Length > 0).Select(id => new Part("organization", SubjectRef.Organization(id)));

    public static IEnumerable<Part> Node(string code) => [new Part("node", SubjectRef.Node(PlaceCode.Parse(code, "node_code")))];

    /// <summary>Major category of a minor one: sanitation of sanitation.rubbish.</summary>
    public static string Major(string category) => category.Split('.')[0];

    /// <summary>The event as a fact. Its time is cut as PostgreSQL keeps it: the hash of an entry has to be the same after it was stored.</summary>
    public static Fact ToFact<T>(
        this Received<T> received,
        string matterId,
        DateOnly day,
        string label,
        ImmutableSortedDictionary<string, string> fields,
        ImmutableArray<Part> parts)
        where T : IMessage<T> => new()
        {
            EventId = received.EventId,
            Type = received.Type,
            MatterId = matterId,
            Time = received.Time.TruncatedToMicroseconds(),
            Day = day,
            TraceId = received.TraceId,
            Label = label,
            Fields = fields,
            Parts = parts,
        };
}
