using Jiceng.Cadre.Events.V1;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Rpc;
using Jiceng.Scoring.Subscriptions;

namespace Jiceng.Scoring.Subjects;

internal static class SubjectRegistration
{
    public static IServiceCollection AddSubjects(this IServiceCollection services) => services
        .AddResource("subject", SubjectStore.ResourceSql)
        .Subscribe<DutyChanged, DutyChangedSubscription>()
        .Subscribe<NodeChanged, NodeChangedSubscription>()
        .Subscribe<NodesImported, NodesImportedSubscription>()
        .Subscribe<PersonChanged, PersonChangedSubscription>()
        .Subscribe<OrganizationChanged, OrganizationChangedSubscription>()
        .Subscribe<AppointmentChanged, AppointmentChangedSubscription>();
}
