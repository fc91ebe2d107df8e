using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Points;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>A case passed a deadline: points taken from who was to act.</summary>
internal sealed class CaseOverdueSubscription : IEventHandler<CaseOverdue>
{
    public Task HandleAsync(Received<CaseOverdue> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var overdue = received.Data;
        return PointsPoster.AddAsync(
            work,
            new Fact(
                received.EventId, received.Type, overdue.CaseId, received.Time.TruncatedToMicroseconds(),
                ChinaTime.Day(EventValues.Time(overdue.DueTime)), received.TraceId, $"网格事件超期（{overdue.Category}）",
                FactFields.Of(
                    ("category", overdue.Category), ("category_major", EventParts.Major(overdue.Category)), ("stage", overdue.Stage)),
                [.. EventParts.Persons("responsible", overdue.ResponsibleIds), .. EventParts.Node(overdue.NodeCode)]),
            cancellationToken);
    }
}
