using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>A grid can be scored, with the group of its level.</summary>
internal sealed class NodeChangedSubscription : IEventHandler<NodeChanged>
{
    public Task HandleAsync(Received<NodeChanged> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var node = Of(received.Data);
        return SubjectUpdater.PutAsync(
            work, SubjectRef.Node(node.Code), node.Name, node.Code, [node.Level], ChinaTime.Day(received.Time), node.Sequence, cancellationToken);
    }

    public static GridNode Of(NodeChanged node) => new(PlaceCode.Parse(node.Code), node.Name, node.Sequence);
}
