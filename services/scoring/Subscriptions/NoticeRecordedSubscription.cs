using Jiceng.Domain;
using Jiceng.Cadre.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Points;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>A person or organisation was criticised in a circular.</summary>
internal sealed class NoticeRecordedSubscription : IEventHandler<NoticeRecorded>
{
    public Task HandleAsync(Received<NoticeRecorded> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var record = received.Data;
        return PointsPoster.AddAsync(
            work,
            new Fact(
                received.EventId, received.Type, record.RecordId, received.Time.TruncatedToMicroseconds(), EventParts.Day(record.Date),
                received.TraceId, $"通报批评《{record.Title}》{record.DocumentNumber}",
                FactFields.Of(("level", record.Level), ("topic", record.Topic)),
                [.. EventParts.Persons("person", [record.PersonId]), .. EventParts.Organizations([record.OrganizationId])]),
            cancellationToken);
    }
}
