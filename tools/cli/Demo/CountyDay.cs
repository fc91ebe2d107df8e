using Jiceng.Cli.Clients;
using Jiceng.Grid.V1;

namespace Jiceng.Cli.Demo;

/// <summary>
/// A day in a county: every worker on duty reports some matters, and each goes one of the ways that cases go. Who is on duty and who heads
/// which grid is asked from the suite.
/// </summary>
internal sealed class CountyDay(Gateway gateway, string county)
{
    private const int CasesOfWorker = 3;
    private const int AtOnce = 6;

    private static readonly string[] Matters =
    [
        "村口垃圾堆放未清理", "路灯不亮", "排水沟堵塞", "邻里因地界起争执", "老人需代办社保认证", "秸秆露天焚烧隐患", "井盖缺失", "流动人口未登记", "果园需协调灌溉用水", "政策咨询：医保缴费",
    ];

    private readonly Calls _organizer = gateway.As("county_organizer", [county]);
    private readonly Lock _gate = new();

    public async Task<int> RunAsync(Action<string> report, CancellationToken cancellationToken)
    {
        report("listing the workers on duty");
        var casts = await CastsAsync(cancellationToken);
        if (casts.Count == 0) throw new CliException($"No village of {county} has two full_time workers on duty to report and handle cases.");
        var categories = (await gateway.Cases.ListCategoriesAsync(new ListCategoriesRequest(), _organizer.Options(cancellationToken))).Categories;

        var chance = new Random(gateway.Time.GetUtcNow().DayOfYear);
        var plan = casts.SelectMany(cast => Enumerable.Repeat(cast, CasesOfWorker)).Select((cast, i) => (Cast: cast, Way: i, Rating: chance.Next(2, 7) % 6, Report: new ReportCaseRequest
        {
            Category = categories[chance.Next(categories.Count)].Code,
            Description = Matters[chance.Next(Matters.Length)],
            Urgency = chance.Next(10) == 0 ? Urgency.Urgent : Urgency.Normal,
        })).ToList();
        var done = 0;
        await Parallel.ForEachAsync(plan, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (one, token) =>
        {
            var way = await GoAsync(new CaseStory(gateway, one.Cast, token), one.Way, one.Report, one.Rating);
            lock (_gate) report($"case {++done} of {plan.Count}: {way}");
        });
        return plan.Count;
    }

    /// <summary>Today's statistics of the county, as the service counts them.</summary>
    public async Task<CaseStatisticsRow?> StatisticsAsync(DateOnly today, CancellationToken cancellationToken)
    {
        var day = today.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        var answer = await gateway.Cases.GetCaseStatisticsAsync(new GetCaseStatisticsRequest { NodeCode = county, StartDate = day, EndDate = day }, _organizer.Options(cancellationToken));
        return answer.Rows.FirstOrDefault();
    }

    private static async Task<string> GoAsync(CaseStory story, int number, ReportCaseRequest report, int rating)
    {
        // Of ten cases three are small, two are plain, and the others have their troubles; every way comes up in any twenty.
        switch (number % 20)
        {
            case 3 or 13:
                await story.ReturnedAsync(report, rating);
                return "given back, then handled by another";
            case 5 or 15:
                await story.ReworkedAsync(report, rating);
                return "sent back for rework";
            case 7:
                await story.SuspendedAsync(report, rating);
                return "suspended and resumed";
            case 8 or 18:
                await story.EscalatedAsync(report, rating);
                return "escalated to the township, two handlers";
            case 9:
                await story.ReopenedAsync(report, rating);
                return "reopened";
            case 11:
                await story.RejectedAsync(report);
                return "rejected";
            case 17:
                await story.LeftOpenAsync(report);
                return "left for tomorrow";
            case 0 or 2 or 6 or 10 or 12 or 16:
                await story.OnTheSpotAsync(report, rating);
                return "handled on the spot";
            default:
                await story.PlainAsync(report, rating);
                return "handled";
        }
    }

    private async Task<IReadOnlyList<CaseCast>> CastsAsync(CancellationToken cancellationToken)
    {
        var answer = await gateway.Nodes.ListDutiesAsync(new ListDutiesRequest { NodeCode = county, Recursive = true, PageSize = 1000 }, _organizer.Options(cancellationToken));
        var workers = answer.Duties.Where(d => d.Role == "full_time" && d.NodeCode.Length == 15).ToList();
        var casts = new List<CaseCast>();
        // A village with a single worker has nobody to share a case with.
        foreach (var village in workers.GroupBy(d => d.NodeCode[..12]).Where(v => v.Count() > 1))
        {
            var secretary = await HeadAsync(village.Key, "village_secretary", cancellationToken);
            var township = await HeadAsync(village.Key[..9], "township_committee", cancellationToken);
            var here = village.ToList();
            for (var i = 0; i < here.Count; i++)
                casts.Add(new CaseCast(here[i].NodeCode, Worker(here[i]), Worker(here[(i + 1) % here.Count]), secretary, township));
        }

        return casts;

        Actor Worker(Duty duty) => new(duty.PersonId, gateway.As("grid_worker", [duty.NodeCode], duty.PersonId));
    }

    /// <summary>The head of a grid is the head of the party organisation seated there; grid learns of it from an event, a moment later.</summary>
    private async Task<Actor> HeadAsync(string code, string role, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var node = await gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = code }, _organizer.Options(cancellationToken));
            if (node.HeadPersonId.Length > 0) return new Actor(node.HeadPersonId, gateway.As(role, [code], node.HeadPersonId));
            if (attempt == 100) throw new CliException($"{node.Name} ({code}) has no head: the grid service has not received the appointment of its secretary.");
            await Task.Delay(TimeSpan.FromMilliseconds(200), gateway.Time, cancellationToken);
        }
    }
}
