using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Subjects;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>A grid can be scored, with the group of its level.</summary>
internal sealed class NodeChangedSubscription : IEventHandler<NodeChanged>
{
    public Task HandleAsync(Received<NodeChanged> received, Work work, CancellationToken cancellationToken)
    {
        var node = received.Data;
        var code = PlaceCode.Parse(node.Code);
        var level = code.Level switch
        {
            PlaceLevel.County => "county",
            PlaceLevel.Township => "township",
            PlaceLevel.Village => "village",
            PlaceLevel.MicroGrid => "micro_grid",
            _ => "other",
        };
        return SubjectEvents.PutAsync(
            work, SubjectRef.Node(code), node.Name, code, [level], ChinaTime.Day(received.Time), node.Sequence, cancellationToken);
    }
}
