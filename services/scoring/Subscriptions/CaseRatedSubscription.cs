using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Points;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>A case was rated: points for who handled it.</summary>
internal sealed class CaseRatedSubscription : IEventHandler<CaseRated>
{
    public Task HandleAsync(Received<CaseRated> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var rated = received.Data;
        return PointsPoster.AddAsync(
            work,
            new Fact(
                received.EventId, received.Type, rated.CaseId, received.Time.TruncatedToMicroseconds(),
                ChinaTime.Day(EventValues.Time(rated.RateTime)), received.TraceId, $"网格事件评价 {rated.Rating} 分（{rated.Category}）",
                FactFields.Of(
                    ("category", rated.Category), ("category_major", EventParts.Major(rated.Category)), ("rating", FactFields.Number(rated.Rating))),
                [.. EventParts.Persons("handler", rated.HandlerIds), .. EventParts.Node(rated.NodeCode)]),
            cancellationToken);
    }
}
