using System.Text.RegularExpressions;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>An event as the contracts describe it.</summary>
internal sealed record Event(string Type, string Topic, string Message, string Service)
{
    public string Row(IEnumerable<string> consumers) =>
        DocTable.Row($"`{Type}`", $"`{Topic}`", $"`{Message}`", Service, string.Join(", ", consumers));
}

/// <summary>The events of the contracts, and the types and topics that the code names.</summary>
internal static partial class EventCatalog
{
    /// <summary>Made and heard inside one service, never published: no event of the contracts.</summary>
    private static readonly string[] Inside = ["jiceng.scoring.item.verified.v1"];

    /// <summary>Every message of <c>&lt;service&gt;/events/v1</c> with the comment that names its type and topic.</summary>
    public static IEnumerable<Event> Described(SourceFile file)
    {
        if (!EventFile().IsMatch(file.Path)) yield break;
        foreach (Match message in Message().Matches(file.Text))
        {
            var comment = Comment().Match(message.Groups["comment"].Value);
            yield return new Event(comment.Groups["type"].Value, comment.Groups["topic"].Value, message.Groups["name"].Value, file.Path.Split('/')[2]);
        }
    }

    public static IEnumerable<string> Faults(Event described)
    {
        var parts = described.Type.Split('.');
        if (parts.Length != 5) return [$"{described.Message}: its comment has to begin with '<type> on <topic>: ', the type jiceng.<service>.<resource>.<change>.v1."];
        return described.Topic == $"jiceng.{described.Service}.{parts[2]}.v1" && parts[1] == described.Service
            ? []
            : [$"{described.Message}: {described.Type} of {described.Service} goes to jiceng.{described.Service}.{parts[2]}.v1, not to {described.Topic}."];
    }

    /// <summary>Services whose module subscribes to the message.</summary>
    public static IEnumerable<string> Consumers(Event described, IEnumerable<SourceFile> files) =>
        from file in files
        where file.Path.StartsWith("services/", StringComparison.Ordinal) && file.Path.EndsWith("Module.cs", StringComparison.Ordinal)
        where file.Text.Contains($"Subscribe<{described.Message}, ", StringComparison.Ordinal)
        select file.Path.Split('/')[1];

    /// <summary>Types and topics that a file of the suite names and no contract describes.</summary>
    public static IEnumerable<string> Unknown(SourceFile file, IReadOnlyCollection<Event> events) =>
        from match in Named().Matches(file.Text)
        let name = match.Value.Trim('"')
        where !Inside.Contains(name) && !events.Any(known => known.Type == name || known.Topic == name)
        select $"{file.Path}: {name} is no type and no topic of protos/jiceng/*/events/v1.";

    /// <summary>Events that no service publishes: their type stands in no code of the service that owns it.</summary>
    public static IEnumerable<string> Unpublished(IEnumerable<Event> events, IReadOnlyCollection<SourceFile> files) =>
        from described in events
        let own = files.Where(file => file.Path.StartsWith($"services/{described.Service}/", StringComparison.Ordinal))
        where !own.Any(file => file.Text.Contains($"\"{described.Type}\"", StringComparison.Ordinal))
        select $"{described.Message}: {described.Service} never publishes {described.Type}.";

    [GeneratedRegex("^protos/jiceng/[a-z]+/events/v1/")]
    private static partial Regex EventFile();

    [GeneratedRegex(@"^(?<comment>(?://[^\n]*\n)*)message (?<name>\w+) \{", RegexOptions.Multiline)]
    private static partial Regex Message();

    [GeneratedRegex(@"^// (?<type>jiceng\.[a-z_.]+\.v1) on (?<topic>jiceng\.[a-z_.]+\.v1): ")]
    private static partial Regex Comment();

    [GeneratedRegex(@"""jiceng\.(cadre|grid|scoring)\.[a-z_]+(\.[a-z_]+)?\.v1""")]
    private static partial Regex Named();
}
