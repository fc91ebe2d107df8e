using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>An organisation can be scored, with the group of its kind.</summary>
internal sealed class OrganizationChangedSubscription : IEventHandler<OrganizationChanged>
{
    public Task HandleAsync(Received<OrganizationChanged> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var organization = received.Data;
        return SubjectUpdater.PutAsync(
            work, SubjectRef.Organization(organization.OrganizationId), organization.Name, PlaceCode.Parse(organization.PlaceCode, "place_code"),
            [organization.Kind], ChinaTime.Day(received.Time), organization.Sequence, cancellationToken);
    }
}
