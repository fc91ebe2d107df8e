using Google.Protobuf;
using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace Jiceng.Messaging;

/// <summary>Registers the events that a service subscribes to, and how its own are reduced to the scope of a reader.</summary>
public sealed class MessagingBuilder
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
    private readonly IServiceCollection _services;
    private readonly Dictionary<string, Subscription> _subscriptions = new(StringComparer.Ordinal);

    private readonly Dictionary<string, Func<string, PlaceScope, string?>> _redactors = new(StringComparer.Ordinal);

    internal MessagingBuilder(IServiceCollection services) => _services = services;

    internal Subscriptions Subscriptions => new(_subscriptions);

    internal EventRedactors Redactors => new(_redactors);

    /// <summary>
    /// Registers how an event with several places is reduced for another system that reaches only some of them. An event of another type is
    /// sent unchanged, to those who reach its place.
    /// </summary>
    /// <typeparam name="T">The payload.</typeparam>
    /// <param name="type">CloudEvents type, published by this service.</param>
    /// <param name="intersect">The part of the payload that lies in the scope, or null when nothing does.</param>
    public MessagingBuilder Redact<T>(string type, Func<T, PlaceScope, T?> intersect)
        where T : class, IMessage<T>, new()
    {
        _redactors.Add(type, (json, scope) => intersect(Parser.Parse<T>(json), scope) is { } part ? JsonFormatter.Default.Format(part) : null);
        return this;
    }

    /// <summary>Hears one type of event. Other types on the same topic are acknowledged and ignored.</summary>
    /// <typeparam name="T">The payload.</typeparam>
    /// <typeparam name="THandler">The handler; made anew for each event.</typeparam>
    /// <param name="topic">Topic, for example <c>jiceng.cadre.appointment.v1</c>.</param>
    /// <param name="type">CloudEvents type, for example <c>jiceng.cadre.appointment.changed.v1</c>.</param>
    /// <exception cref="ArgumentException">The type is heard already: one handler does all that an event asks for, in one transaction.</exception>
    public MessagingBuilder Subscribe<T, THandler>(string topic, string type)
        where T : IMessage<T>, new()
        where THandler : class, IEventHandler<T>
    {
        _services.AddTransient<THandler>();
        _subscriptions.Add(type, new Subscription(topic, type, Read, HandleAsync));
        return this;

        static IMessage Read(string json) => Parser.Parse<T>(json);

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
}

internal sealed record Subscription(
    string Topic, string Type, Func<string, IMessage> Read,
    Func<IServiceProvider, Envelope, IMessage, UnitOfWork, CancellationToken, Task> HandleAsync)
{
    /// <summary>Short name of the publishing service.</summary>
    public string Service => Topic.Split('.')[1];
}

internal sealed class Subscriptions(IReadOnlyDictionary<string, Subscription> byType)
{
    public IEnumerable<string> Topics => byType.Values.Select(subscription => subscription.Topic).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The types heard from each service.</summary>
    public ILookup<string, string> TypesByService =>
        byType.Values.OrderBy(subscription => subscription.Type, StringComparer.Ordinal).ToLookup(s => s.Service, s => s.Type);

    public Subscription? Find(string type) => byType.GetValueOrDefault(type);
}

/// <summary>Reduces events with several places to the places of a reader.</summary>
internal sealed class EventRedactors(IReadOnlyDictionary<string, Func<string, PlaceScope, string?>> byType)
{
    /// <summary>The event as the scope may see it, or null.</summary>
    public Envelope? Redact(Envelope envelope, PlaceScope scope)
    {
        if (envelope.Place is { } place && scope.Contains(place)) return envelope;
        return byType.TryGetValue(envelope.Type, out var redact) && redact(envelope.DataJson, scope) is { } part ? envelope with { DataJson = part } : null;
    }
}
