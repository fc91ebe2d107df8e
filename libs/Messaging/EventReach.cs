using System.Collections.Frozen;
using Jiceng.Domain;
using Jiceng.Rpc;

namespace Jiceng.Messaging;

/// <summary>Determines which events of this service a caller may see.</summary>
internal sealed class EventReaches(ServiceName service, EventRedactors redactors)
{
    private readonly IReadOnlyList<EventType> _known = EventTypes.Of(service.Value);

    /// <summary>
    /// Rejects types that do not exist, or that the caller may not read. Services of the suite may ask for types that this release does not
    /// know yet, since they are not all updated at once.
    /// </summary>
    /// <exception cref="ApiException">EVENT_TYPE_UNKNOWN or EVENT_TYPE_DENIED.</exception>
    public void Check(Caller caller, IEnumerable<string> types)
    {
        if (IsService(caller)) return;
        foreach (var type in types)
        {
            var found = _known.FirstOrDefault(one => one.Name == type) ?? throw Unknown(type);
            if (!caller.May(found.Permission))
                throw MessagingErrors.EventTypeDenied.With(("type", type), ("permission", found.Permission.ToString()));
        }
    }

    /// <summary>
    /// The events that the caller may see: all for a service of the suite; otherwise the types whose permission a role grants, in the
    /// places of the scope. Never more than requested, and never an error: a caller without permission sees nothing.
    /// </summary>
    /// <param name="caller">The reader: the caller, or the stored claims of a webhook's token.</param>
    /// <param name="types">The types wanted; none means all.</param>
    /// <param name="placeCode">The place wanted, with all below it; empty means all places.</param>
    /// <exception cref="ApiException">PLACE_CODE_INVALID.</exception>
    public EventReach Of(Caller caller, IReadOnlyCollection<string> types, string placeCode = "")
    {
        var place = placeCode.Length == 0 ? (PlaceCode?)null : PlaceCode.Parse(placeCode, "place_code");
        if (IsService(caller))
            return new EventReach(types.Count == 0 ? null : types.ToFrozenSet(StringComparer.Ordinal), place is { } wanted ? PlaceScope.Of([wanted]) : null, redactors);
        var granted = _known.Where(type => caller.May(type.Permission)).Select(type => type.Name);
        return new EventReach(
            (types.Count == 0 ? granted : granted.Intersect(types)).ToFrozenSet(StringComparer.Ordinal), new PlaceScope(caller.Scope.Intersect(place)), redactors);
    }

    private ApiException Unknown(string type)
    {
        var known = string.Join(", ", _known.Select(one => one.Name));
        return MessagingErrors.EventTypeUnknown.With(("type", type), ("service", service.Value), ("known", known)).At("types", $"one of {known}");
    }

    private static bool IsService(Caller caller) => caller.Roles.Contains(Roles.Service);
}

/// <summary>The events of a service that a reader may see.</summary>
internal sealed class EventReach
{
    private readonly FrozenSet<string>? _types;
    private readonly PlaceScope? _scope;
    private readonly EventRedactors _redactors;

    /// <param name="types">Null means every type.</param>
    /// <param name="scope">Null means every place, and events without one.</param>
    /// <param name="redactors">How events with several places are reduced to a scope.</param>
    internal EventReach(FrozenSet<string>? types, PlaceScope? scope, EventRedactors redactors) => (_types, _scope, _redactors) = (types, scope, redactors);

    /// <summary>The types to read from the feed; null means every type.</summary>
    public IReadOnlyCollection<string>? Types => _types;

    /// <summary>The event as the reader may see it, or null.</summary>
    public Envelope? Redact(Envelope envelope)
    {
        if (_types is { } heard && !heard.Contains(envelope.Type)) return null;
        return _scope is { } scope ? _redactors.Redact(envelope, scope) : envelope;
    }
}
