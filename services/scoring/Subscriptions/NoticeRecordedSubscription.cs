using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Points.Domain;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>A person or organisation was criticised in a circular.</summary>
internal sealed class NoticeRecordedSubscription : IEventHandler<NoticeRecorded>
{
    public Task HandleAsync(Received<NoticeRecorded> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var record = received.Data;
        return PointsPoster.AddAsync(
            work,
            received.ToFact(
                record.RecordId,
                Days.Parse(record.Date),
                $"通报批评《{record.Title}》{record.DocumentNumber}",
                FactFields.Of(("level", record.Level), ("topic", record.Topic)),
                [.. EventParts.Persons("person", [record.PersonId]), .. EventParts.Organizations([record.OrganizationId])]),
            cancellationToken);
    }
}
