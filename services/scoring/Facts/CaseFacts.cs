using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Scoring.Points.Domain;

namespace Jiceng.Scoring.Facts;

/// <summary>Points for those who report, handle and verify cases, and for their grids.</summary>
internal static class CaseFacts
{
    public static readonly FactSource<CaseClosed> Closed = FactTable.Source<CaseClosed>(
            "事件结案", closed => closed.CaseId, closed => ChinaTime.Day(EventValues.Time(closed.CloseTime)),
            closed => $"网格事件结案（{closed.Category}）")
        .Text("category", closed => closed.Category)
        .Text("category_major", closed => Major(closed.Category))
        .Text("urgency", closed => closed.Urgency)
        .Flag("on_time", closed => closed.OnTime)
        .Flag("on_the_spot", closed => closed.OnTheSpot)
        // Verification by the only handler is not verification by another.
        .Flag("verified_by_other", closed => closed.VerifierId.Length > 0 && !closed.HandlerIds.Contains(closed.VerifierId))
        .Number("rework_count", closed => closed.ReworkCount)
        .Number("close_count", closed => closed.CloseCount)
        .Number("handler_count", closed => closed.HandlerIds.Count)
        .Persons("handler", closed => closed.HandlerIds)
        .Person("reporter", closed => closed.ReporterId)
        .Person("verifier", closed => closed.VerifierId)
        .Node("node", closed => closed.NodeCode);

    public static readonly FactSource<CaseOverdue> Overdue = FactTable.Source<CaseOverdue>(
            "事件超期", overdue => overdue.CaseId, overdue => ChinaTime.Day(EventValues.Time(overdue.DueTime)),
            overdue => $"网格事件超期（{overdue.Category}）")
        .Text("category", overdue => overdue.Category)
        .Text("category_major", overdue => Major(overdue.Category))
        .Text("stage", overdue => overdue.Stage)
        .Persons("responsible", overdue => overdue.ResponsibleIds)
        .Node("node", overdue => overdue.NodeCode);

    public static readonly FactSource<CaseRated> Rated = FactTable.Source<CaseRated>(
            "事件评价", rated => rated.CaseId, rated => ChinaTime.Day(EventValues.Time(rated.RateTime)),
            rated => $"网格事件评价 {rated.Rating} 分（{rated.Category}）")
        .Text("category", rated => rated.Category)
        .Text("category_major", rated => Major(rated.Category))
        .Number("rating", rated => rated.Rating)
        .Persons("handler", rated => rated.HandlerIds)
        .Node("node", rated => rated.NodeCode);

    /// <summary>Major category of a minor one: sanitation of sanitation.rubbish.</summary>
    private static string Major(string category) => category.Split('.')[0];
}
