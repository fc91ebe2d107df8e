using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Subjects;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>Grids of an import can be scored, each as one that changed by itself.</summary>
internal sealed class NodesImportedSubscription : IEventHandler<NodesImported>
{
    public Task HandleAsync(Received<NodesImported> received, UnitOfWork work, CancellationToken cancellationToken) =>
        SubjectUpdater.PutAsync(work, [.. received.Data.Nodes.Select(NodeChangedSubscription.Of)], cancellationToken);
}
