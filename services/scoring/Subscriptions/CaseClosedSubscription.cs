using System.Collections.Immutable;
using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Subjects;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>A case was closed: points for who handled, reported or verified it, and for its grid.</summary>
internal sealed class CaseClosedSubscription : IEventHandler<CaseClosed>
{
    public Task HandleAsync(Received<CaseClosed> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var closed = received.Data;
        // Who handled alone, without another's verification, does not count as verified by another.
        var verified = closed.VerifierId.Length > 0 && !closed.HandlerIds.Contains(closed.VerifierId);
        var parts = ImmutableArray.CreateBuilder<Part>();
        parts.AddRange(EventParts.Persons("handler", closed.HandlerIds));
        parts.AddRange(EventParts.Persons("reporter", [closed.ReporterId]));
        parts.AddRange(EventParts.Persons("verifier", [closed.VerifierId]));
        parts.AddRange(EventParts.Node(closed.NodeCode));
        return PointsPoster.AddAsync(
            work,
            new Fact(
                received.EventId, received.Type, closed.CaseId, received.Time.TruncatedToMicroseconds(),
                ChinaTime.Day(EventValues.Time(closed.CloseTime)), received.TraceId, $"网格事件结案（{closed.Category}）",
                FactFields.Of(
                    ("category", closed.Category),
                    ("category_major", EventParts.Major(closed.Category)),
                    ("urgency", closed.Urgency),
                    ("on_time", FactFields.Flag(closed.OnTime)),
                    ("on_the_spot", FactFields.Flag(closed.OnTheSpot)),
                    ("verified_by_other", FactFields.Flag(verified)),
                    ("rework_count", FactFields.Number(closed.ReworkCount)),
                    ("close_count", FactFields.Number(closed.CloseCount)),
                    ("handler_count", FactFields.Number(closed.HandlerIds.Count))),
                parts.ToImmutable()),
            cancellationToken);
    }
}
