using Jiceng.Cli.Clients;
using Jiceng.Scoring.V1;
using Spectre.Console;

namespace Jiceng.Cli.Demo;

/// <summary>Rankings as the service returns them.</summary>
internal static class Ranking
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>How often in a row the ranking has to be the same before the events on the way are taken to have arrived.</summary>
    private const int Calm = 6;

    /// <summary>Reads the ranking until it holds and does not change any more: points come by event, a moment after the calls.</summary>
    public static async Task<ListRankingResponse> SettledAsync(Gateway gateway, Calls caller, ListRankingRequest request, Func<ListRankingResponse, Task<bool>> holds,
        Action<string> report, CancellationToken cancellationToken)
    {
        var start = gateway.Time.GetTimestamp();
        ListRankingResponse? last = null;
        var same = 0;
        while (true)
        {
            var now = await gateway.Points.ListRankingAsync(request, caller.Options(cancellationToken));
            same = last is not null && now.Rows.Equals(last.Rows) && await holds(now) ? same + 1 : 0;
            if (same >= Calm) return now;
            if (gateway.Time.GetElapsedTime(start) > Patience)
                throw new CliException($"Some points did not arrive within {Patience.TotalSeconds:0} s; see ./jiceng logs scoring.");
            last = now;
            report($"{now.TotalSize} ranked, waiting for more points");
            await Task.Delay(Pause, gateway.Time, cancellationToken);
        }
    }

    public static void Show(Screen screen, ListRankingResponse ranking, int top, Func<string, string> placeName)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("rank 名次").RightAligned()).AddColumn("name 姓名").AddColumn("place 所在地").AddColumn(new TableColumn("points 积分").RightAligned());
        foreach (var row in ranking.Rows.Take(top))
            table.AddRow($"{row.Rank}", Markup.Escape(row.DisplayName), Markup.Escape(placeName(row.PlaceCode)), row.TotalPoints);
        screen.Console.Write(table);
    }
}
