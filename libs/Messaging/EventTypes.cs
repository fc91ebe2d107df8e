using System.Collections.Frozen;
using Google.Protobuf.Reflection;
using Jiceng.Common.V1;
using Jiceng.Contracts;

namespace Jiceng.Messaging;

/// <summary>An event as its message declares it in the contracts.</summary>
/// <param name="Name">CloudEvents type.</param>
/// <param name="Topic">Topic of the broker; of an event that is served by the feed alone, <c>jiceng.&lt;service&gt;</c>, which is none.</param>
/// <param name="FeedOnly">Whether it is served by the feed alone.</param>
/// <param name="Permission">What a reader of the feed needs; if unspecified, only services of the suite may read it.</param>
internal sealed record EventType(string Name, string Topic, bool FeedOnly, Permission Permission)
{
    public string Service => Name.Split('.')[1];
}

/// <summary>Every event of the contracts: the messages with the option <c>jiceng.common.v1.event</c>.</summary>
internal static class EventTypes
{
    private static readonly FrozenDictionary<string, EventType> ByMessage = ContractFiles.All
        .SelectMany(file => file.MessageTypes)
        .Select(message => (message.FullName, Event: message.GetOptions()?.GetExtension(EventExtensions.Event)))
        .Where(entry => entry.Event is not null)
        .ToFrozenDictionary(entry => entry.FullName, entry => Read(entry.Event!), StringComparer.Ordinal);

    /// <summary>The types that a service publishes, by name.</summary>
    public static IReadOnlyList<EventType> Of(string service) =>
        [.. ByMessage.Values.Where(type => type.Service == service).OrderBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>The stored topic of an event that has none.</summary>
    public static string FeedTopic(string service) => $"jiceng.{service}";

    /// <summary>The event that a message is.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static EventType Of(MessageDescriptor message) => ByMessage.TryGetValue(message.FullName, out var found)
        ? found
        : throw new ArgumentException($"{message.FullName} is no event: it has no option jiceng.common.v1.event.", nameof(message));

    private static EventType Read(EventContract contract)
    {
        var type = new EventType(contract.Type, contract.Topic, contract.Topic.Length == 0, contract.Permission);
        return type.FeedOnly ? type with { Topic = FeedTopic(type.Service) } : type;
    }
}
