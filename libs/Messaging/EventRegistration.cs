using Google.Protobuf;
using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace Jiceng.Messaging;

/// <summary>Registers, in the folder of a feature, the events that it handles and how events of its own are reduced for their readers.</summary>
public static class EventRegistration
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>
    /// Subscribes to an event; its message declares type and topic. Other types on the same topic are acknowledged and ignored. One handler
    /// does all that an event asks for, in one transaction: a service with two for the same event does not start.
    /// </summary>
    /// <typeparam name="T">The payload.</typeparam>
    /// <typeparam name="THandler">The handler; created for each event.</typeparam>
    /// <param name="services">The service's collection.</param>
    /// <exception cref="ArgumentException">The message is no event of the contracts.</exception>
    public static IServiceCollection Subscribe<T, THandler>(this IServiceCollection services)
        where T : IMessage<T>, new()
        where THandler : class, IEventHandler<T>
    {
        var type = EventTypes.Of(new T().Descriptor);
        services.AddTransient<THandler>();
        return services.AddSingleton(new Subscription(type.Topic, type.Name, json => Parser.Parse<T>(json), HandleAsync));

        static Task HandleAsync(IServiceProvider services, Envelope envelope, IMessage data, UnitOfWork work, CancellationToken cancellationToken) =>
            services.GetRequiredService<THandler>().HandleAsync(
                new Received<T>
                {
                    EventId = envelope.Id,
                    Type = envelope.Type,
                    Subject = envelope.Subject,
                    Sequence = envelope.Sequence,
                    Time = envelope.Time,
                    TraceId = envelope.Trace == default ? "" : envelope.Trace.TraceId.ToHexString(),
                    Data = (T)data,
                },
                work,
                cancellationToken);
    }

    /// <summary>
    /// Registers how an event with several places is reduced for a reader whose scope contains only some of them. Events without this are
    /// readable as a whole by those whose scope contains their place.
    /// </summary>
    /// <typeparam name="T">The payload, published by this service.</typeparam>
    /// <param name="services">The service's collection.</param>
    /// <param name="redact">Returns the part of the payload in the scope, or null if there is none.</param>
    /// <exception cref="ArgumentException">The message is no event of the contracts.</exception>
    public static IServiceCollection RedactEvent<T>(this IServiceCollection services, Func<T, PlaceScope, T?> redact)
        where T : class, IMessage<T>, new() => services.AddSingleton(new EventRedactor(
            EventValues.TypeOf<T>(),
            (json, scope) => redact(Parser.Parse<T>(json), scope) is { } part ? JsonFormatter.Default.Format(part) : null));
}

internal sealed record Subscription(
    string Topic, string Type, Func<string, IMessage> Read,
    Func<IServiceProvider, Envelope, IMessage, UnitOfWork, CancellationToken, Task> HandleAsync)
{
    /// <summary>Short name of the publishing service.</summary>
    public string Service => Topic.Split('.')[1];
}

internal sealed class Subscriptions(IEnumerable<Subscription> subscriptions)
{
    private readonly Dictionary<string, Subscription> _byType = subscriptions.ToDictionary(subscription => subscription.Type, StringComparer.Ordinal);

    public IEnumerable<string> Topics => _byType.Values.Select(subscription => subscription.Topic).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The types handled, by the service that publishes them.</summary>
    public ILookup<string, string> TypesByService =>
        _byType.Values.OrderBy(subscription => subscription.Type, StringComparer.Ordinal).ToLookup(s => s.Service, s => s.Type);

    public Subscription? Find(string type) => _byType.GetValueOrDefault(type);
}

internal sealed record EventRedactor(string Type, Func<string, PlaceScope, string?> Redact);

/// <summary>Reduces events with several places to the places of a reader.</summary>
internal sealed class EventRedactors(IEnumerable<EventRedactor> redactors)
{
    private readonly Dictionary<string, EventRedactor> _byType = redactors.ToDictionary(redactor => redactor.Type, StringComparer.Ordinal);

    /// <summary>The event as a reader with this scope may see it, or null.</summary>
    public Envelope? Redact(Envelope envelope, PlaceScope scope)
    {
        if (envelope.Place is { } place && scope.Contains(place)) return envelope;
        return _byType.GetValueOrDefault(envelope.Type)?.Redact(envelope.DataJson, scope) is { } part ? envelope with { DataJson = part } : null;
    }
}
