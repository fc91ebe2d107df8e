using Google.Protobuf;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Items.Domain;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Schemes.Domain;

namespace Jiceng.Scoring.Facts;

/// <summary>Every event that gives points, one line each: the subscriptions of scoring and the catalogue that rules are checked against.</summary>
internal static class FactTable
{
    private static readonly Row[] Rows =
    [
        Of(CaseFacts.Closed),
        Of(CaseFacts.Overdue),
        Of(CaseFacts.Rated),
        Of(RecordFacts.Commendation),
        Of(RecordFacts.Notice),
        // Made and scored inside this service, published to nobody.
        new(ItemFacts.Verified.EventType, services => services),
    ];

    public static EventCatalog Catalog { get; } = new(Rows.Select(row => row.EventType));

    public static IServiceCollection AddFacts(this IServiceCollection services) => Rows.Aggregate(services, (all, row) => row.Subscribe(all));

    /// <summary>A source of facts for an event of the contracts.</summary>
    public static FactSource<T> Source<T>(string title, Func<T, string> matterId, Func<T, DateOnly> day, Func<T, string> label)
        where T : IMessage<T>, new() => new(EventValues.TypeOf<T>(), title, matterId, day, label);

    private static Row Of<T>(FactSource<T> source)
        where T : IMessage<T>, new() =>
        new(source.EventType, services => services.AddSingleton(source).Subscribe<T, Handler<T>>());

    private sealed record Row(EventType EventType, Func<IServiceCollection, IServiceCollection> Subscribe);

    private sealed class Handler<T>(FactSource<T> source) : IEventHandler<T>
        where T : IMessage<T>
    {
        public Task HandleAsync(Received<T> received, UnitOfWork work, CancellationToken cancellationToken) => PointsPoster.AddAsync(
            work, source.ToFact(received.Data, received.EventId, received.Time, received.TraceId), cancellationToken);
    }
}
