using System.Text.RegularExpressions;
using Jiceng.Common.V1;
using Jiceng.Contracts;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>An event as the contracts describe it.</summary>
internal sealed record Event(string Type, string Topic, string Message, string Service, Permission Permission)
{
    public string Row(IEnumerable<string> consumers) => DocTable.Row(
        $"`{Type}`", Topic.Length == 0 ? "feed only" : $"`{Topic}`", $"`{Message}`", $"`{Permission}`", Service, string.Join(", ", consumers));
}

/// <summary>The events of the contracts, and the types and topics that the code names.</summary>
internal static partial class EventCatalog
{
    /// <summary>Made and heard inside one service, never published: no event of the contracts.</summary>
    private static readonly string[] Inside = ["jiceng.scoring.item.verified.v1"];

    /// <summary>The messages of <c>&lt;service&gt;/events/v1</c> that are an event by themselves.</summary>
    public static IReadOnlyList<Event> Described { get; } =
    [
        .. from file in ContractFiles.All
           where file.Package.EndsWith(".events.v1", StringComparison.Ordinal)
           from message in file.MessageTypes
           let option = message.GetOptions()?.GetExtension(EventExtensions.Event) ?? new EventContract()
           select new Event(option.Type, option.Topic, message.Name, file.Package.Split('.')[1], option.Permission),
    ];

    public static IEnumerable<string> Faults(Event described)
    {
        var parts = described.Type.Split('.');
        if (parts.Length != 5 || parts[0] != "jiceng" || parts[1] != described.Service || parts[4] != "v1")
            yield return $"{described.Message}: its option jiceng.common.v1.event has to name a type jiceng.{described.Service}.<resource>.<change>.v1.";
        else if (described.Topic.Length > 0 && described.Topic != $"jiceng.{described.Service}.{parts[2]}.v1")
            yield return $"{described.Message}: {described.Type} goes to jiceng.{described.Service}.{parts[2]}.v1 or to no topic, not to {described.Topic}.";
        if (described.Permission == Permission.Unspecified)
            yield return $"{described.Message}: its option jiceng.common.v1.event declares no permission, so no reader receives it.";
    }

    /// <summary>Services that subscribe to the message.</summary>
    public static IEnumerable<string> Consumers(Event described, IEnumerable<SourceFile> files) =>
        from file in files
        where file.Path.StartsWith("services/", StringComparison.Ordinal)
        where file.Text.Contains($"Subscribe<{described.Message}, ", StringComparison.Ordinal)
            || file.Text.Contains($"FactTable.Source<{described.Message}>", StringComparison.Ordinal)
        group file by file.Path.Split('/')[1] into service
        select service.Key;

    /// <summary>Types and topics that a file of the suite names and no contract describes.</summary>
    public static IEnumerable<string> Unknown(SourceFile file, IReadOnlyCollection<Event> events) =>
        from match in Named().Matches(file.Text)
        let name = match.Value.Trim('"')
        where !Inside.Contains(name) && !events.Any(known => known.Type == name || known.Topic == name)
        select $"{file.Path}: {name} is no type and no topic of protos/jiceng/*/events/v1.";

    /// <summary>Events that no service publishes: no mapper and no writer of the service that owns them makes their message.</summary>
    public static IEnumerable<string> Unpublished(IEnumerable<Event> events, IReadOnlyCollection<SourceFile> files) =>
        from described in events
        let own = files.Where(file => file.Path.StartsWith($"services/{described.Service}/", StringComparison.Ordinal)
            && (file.Path.EndsWith("Mapper.cs", StringComparison.Ordinal) || file.Path.EndsWith("Writer.cs", StringComparison.Ordinal)))
        where !own.Any(file => Regex.IsMatch(file.Text, $@"\b{described.Message}\b"))
        select $"{described.Message}: {described.Service} never publishes {described.Type}.";

    /// <summary>Events without a topic that a service hears all the same: the broker never brings them.</summary>
    public static IEnumerable<string> HeardInVain(IEnumerable<Event> events, IReadOnlyCollection<SourceFile> files) =>
        from described in events
        where described.Topic.Length == 0
        from consumer in Consumers(described, files)
        select $"{described.Message}: {consumer} hears {described.Type}, which has no topic.";

    [GeneratedRegex(@"""jiceng\.(cadre|grid|scoring)\.[a-z_]+(\.[a-z_]+)?\.v1""")]
    private static partial Regex Named();
}
