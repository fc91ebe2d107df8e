using System.Globalization;
using Jiceng.Domain;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Subjects;

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

    public static DateOnly Day(string iso) => DateOnly.ParseExact(iso, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
