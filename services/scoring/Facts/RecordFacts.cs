using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Scoring.Points.Domain;

namespace Jiceng.Scoring.Facts;

/// <summary>Points for commendations and circulars of criticism.</summary>
internal static class RecordFacts
{
    public static readonly FactSource<CommendationRecorded> Commendation = FactTable.Source<CommendationRecorded>(
            "表彰", record => record.RecordId, record => Days.Parse(record.Date), record => $"表彰《{record.Title}》{record.DocumentNumber}")
        .Text("level", record => record.Level)
        .Text("topic", record => record.Topic)
        .Person("person", record => record.PersonId)
        .Organization("organization", record => record.OrganizationId);

    public static readonly FactSource<NoticeRecorded> Notice = FactTable.Source<NoticeRecorded>(
            "通报批评", record => record.RecordId, record => Days.Parse(record.Date), record => $"通报批评《{record.Title}》{record.DocumentNumber}")
        .Text("level", record => record.Level)
        .Text("topic", record => record.Topic)
        .Person("person", record => record.PersonId)
        .Organization("organization", record => record.OrganizationId);
}
