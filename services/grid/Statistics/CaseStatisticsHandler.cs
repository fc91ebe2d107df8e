using Grpc.Core;
using Jiceng.Grid.Statistics.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using V1 = Jiceng.Grid.V1;

namespace Jiceng.Grid.Statistics;

/// <summary>CaseService.GetCaseStatistics: maps, counts, maps back.</summary>
internal sealed class CaseStatisticsHandler(Database database, TimeProvider time)
{
    public async Task<V1.CaseStatistics> GetAsync(V1.GetCaseStatisticsRequest request, ServerCallContext context)
    {
        var period = StatisticsPeriod.Of(Require.Date(request.StartDate, "start_date"), Require.Date(request.EndDate, "end_date"));
        var groupBy = request.GroupBy switch
        {
            V1.GetCaseStatisticsRequest.Types.GroupBy.Unspecified => GroupBy.None,
            V1.GetCaseStatisticsRequest.Types.GroupBy.Node => GroupBy.Node,
            V1.GetCaseStatisticsRequest.Types.GroupBy.Category => GroupBy.Category,
            V1.GetCaseStatisticsRequest.Types.GroupBy.Day => GroupBy.Day,
            _ => throw Require.Invalid("group_by", "NODE, CATEGORY or DAY, or not set"),
        };
        var within = context.Caller().Intersect(request.NodeCode);
        var counts = await database.ReadAsync(
            (connection, token) => StatisticsStore.CountAsync(connection, within, period, request.Category, groupBy, time.GetUtcNow(), token),
            context.CancellationToken);
        var answer = new V1.CaseStatistics();
        answer.Rows.AddRange(counts.Where(row => !row.IsEmpty).Select(ToMessage));
        if (groupBy == GroupBy.None && answer.Rows.Count == 0)
            answer.Rows.Add(ToMessage(new CaseCounts()));
        return answer;
    }

    private static V1.CaseStatisticsRow ToMessage(CaseCounts from)
    {
        var to = new V1.CaseStatisticsRow
        {
            Key = from.Key,
            ReportedCount = from.Reported,
            AcceptedCount = from.Accepted,
            VoidedCount = from.Voided,
            DueCount = from.Due,
            ClosedCount = from.Closed,
            ClosedOnTimeCount = from.ClosedOnTime,
            ReworkCount = from.Rework,
            ToVerifyCount = from.ToVerify,
            VerifiedOnTimeCount = from.VerifiedOnTime,
            OverdueCount = from.Overdue,
            SuspendedCount = from.Suspended,
            ClosingRate = ToMessage(from.ClosingRate),
            OnTimeClosingRate = ToMessage(from.OnTimeClosingRate),
            AcceptRate = ToMessage(from.AcceptRate),
            CorrectAcceptRate = ToMessage(from.CorrectAcceptRate),
            OnTimeVerifyRate = ToMessage(from.OnTimeVerifyRate),
            ReworkRate = ToMessage(from.ReworkRate),
        };
        if (from.MedianHours is { } median)
            to.MedianHandlingHours = median;
        if (from.P95Hours is { } p95)
            to.P95HandlingHours = p95;
        if (from.MeanRating is { } rating)
            to.MeanRating = rating;
        return to;
    }

    private static V1.Rate ToMessage(Rate from)
    {
        var to = new V1.Rate { Numerator = from.Numerator, Denominator = from.Denominator };
        if (from.Percent is { } percent)
            to.Percent = percent;
        return to;
    }
}
