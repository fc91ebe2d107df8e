using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.V1;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Import;
using Jiceng.Domain;
using Jiceng.Grid.V1;
using Jiceng.Scoring.V1;
using Spectre.Console;

namespace Jiceng.Cli.Demo;

/// <summary>
/// Figure F1: Shangan township (善感乡) assigns 86 items to its 11 leadership members by division of work and difficulty; base score 10, +2 for
/// a county-level commendation, +1 for the village clean-up, -2 for work not done; ranked. Only records go in; the points are the service's.
/// </summary>
internal sealed class ShanganDemo(Gateway gateway, Screen screen, string root)
{
    private const string County = "500243";
    private const string Township = "500243222";
    private const int ItemCount = 86;

    private static readonly string[] Divisions = ["党建", "政府全面", "纪检监察", "组织人事", "宣传统战", "农业农村", "平安法治", "民政社保", "规划建设", "文教卫健", "财政经济"];

    private static readonly (Position Position, int Count)[] Team =
        [(Position.Secretary, 1), (Position.DeputySecretary, 2), (Position.GovernmentHead, 1), (Position.CommitteeMember, 5), (Position.DeputyGovernmentHead, 2)];

    // Which member each published award and deduction goes to; the service receives only these records.
    private static readonly int[] Commended = [1];
    private static readonly int[] CleanedUp = [4, 6];
    private const int Negligent = 9;

    private readonly Calls _organizer = gateway.As("county_organizer", [County]);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var members = await screen.StepAsync("Recording the township and its 11 leadership members", report => PeopleAsync(report, cancellationToken));
        var scheme = await Schemes.EnsureAsync(gateway, _organizer, root, Schemes.LeadershipMembers, Township, cancellationToken);
        await WaitForMembersAsync(scheme, members.Count, cancellationToken);
        var notDone = await screen.StepAsync($"Assigning {ItemCount} items, handing them in, verifying them", report => ItemsAsync(members, report, cancellationToken));
        await screen.StepAsync("Recording commendations", _ => CommendAsync(members, cancellationToken));

        // Every one of these records is to become an entry of the ledger.
        var expected = Commended.Length + CleanedUp.Length + notDone;
        var ranking = await screen.StepAsync("Waiting for the points", report => Ranking.SettledAsync(gateway, _organizer,
            new ListRankingRequest { SchemeId = scheme.SchemeId, PlaceCode = Township, PageSize = 1000 },
            async now => (await EntriesAsync(scheme, now, cancellationToken)).Count >= expected, report, cancellationToken));
        await ShowAsync(scheme, ranking, cancellationToken);
    }

    private async Task<IReadOnlyList<string>> PeopleAsync(Action<string> report, CancellationToken cancellationToken)
    {
        var places = PlaceFile.Read(Path.Combine(root, "data", "divisions-500243-pengshui.csv")).Rows
            .Where(r => r.Code == County || r.Code.StartsWith(Township, StringComparison.Ordinal)).ToList();
        await NodeImport.SendAsync(gateway, _organizer, places, new ImportNodesOptions(), report, cancellationToken);

        var records = await new CadreRecords(gateway, _organizer, County, cancellationToken).LoadAsync();
        var county = await records.OrganizationAsync("中共彭水苗族土家族自治县委", OrganizationKind.CountyCommittee, County, "");
        var committee = await records.OrganizationAsync("中共善感乡委员会", OrganizationKind.TownshipCommittee, Township, county);
        var members = new List<string>();
        foreach (var position in Team.SelectMany(t => Enumerable.Repeat(t.Position, t.Count)))
        {
            var number = 9_000 + members.Count;
            var person = await records.PersonAsync(number, committee, PersonCategory.LeadershipMember);
            await AppointAsync(person, committee, position, cancellationToken);
            members.Add(person);
            report($"{members.Count} members");
        }

        return members;
    }

    private async Task AppointAsync(string person, string committee, Position position, CancellationToken cancellationToken)
    {
        var posts = await gateway.Appointments.ListAppointmentsAsync(new ListAppointmentsRequest { PersonId = person, OrganizationId = committee }, _organizer.Options(cancellationToken));
        if (posts.Appointments.Count > 0) return;
        await gateway.Appointments.AppointPersonAsync(new AppointPersonRequest
        {
            PersonId = person,
            OrganizationId = committee,
            Position = position,
            Source = AppointmentSource.Election,
            RequestId = gateway.RequestId(),
        }, _organizer.Options(cancellationToken));
    }

    /// <summary>Scoring learns of the members from events, and assigns only to those it knows.</summary>
    private Task<ListRankingResponse> WaitForMembersAsync(Scheme scheme, int count, CancellationToken cancellationToken) =>
        screen.StepAsync("Waiting until scoring has received the members", report => Ranking.SettledAsync(gateway, _organizer,
            new ListRankingRequest { SchemeId = scheme.SchemeId, PlaceCode = Township }, now => Task.FromResult(now.TotalSize >= count), report, cancellationToken));

    /// <summary>Assigns the items of this quarter that are missing and brings all to their end; returns how many were not done.</summary>
    private async Task<int> ItemsAsync(IReadOnlyList<string> members, Action<string> report, CancellationToken cancellationToken)
    {
        var now = gateway.Time.GetUtcNow();
        var quarter = ChinaTime.Quarter(now);
        var known = (await gateway.Items.ListItemsAsync(new ListItemsRequest { PlaceCode = Township, PageSize = 1000 }, _organizer.Options(cancellationToken)))
            .Items.ToDictionary(i => i.Title, StringComparer.Ordinal);
        var notDone = 0;
        for (var i = 0; i < ItemCount; i++)
        {
            var member = i % members.Count;
            var title = string.Create(CultureInfo.InvariantCulture, $"{quarter} {Divisions[member]}交办事项 {(i / members.Count) + 1}");
            // One piece of work was handed in, but had not been done.
            var done = member != Negligent || i / members.Count > 0;
            if (!done) notDone++;
            report($"{i + 1} of {ItemCount}: {title}");
            var item = known.GetValueOrDefault(title) ?? await gateway.Items.AssignItemAsync(new AssignItemRequest
            {
                PlaceCode = Township,
                SubjectId = members[member],
                Title = title,
                Division = Divisions[member],
                Difficulty = (i % 5) + 1,
                DueTime = Timestamp.FromDateTimeOffset(Due(now)),
                RequestId = gateway.RequestId(),
            }, _organizer.Options(cancellationToken));
            await FinishAsync(item, done, cancellationToken);
        }

        return notDone;
    }

    private async Task FinishAsync(Item item, bool done, CancellationToken cancellationToken)
    {
        if (item.State == ItemState.Assigned)
        {
            var member = gateway.As("township_committee", [Township], item.SubjectId);
            item = await gateway.Items.HandInItemAsync(new HandInItemRequest { ItemId = item.ItemId, Remark = "已完成。", RequestId = gateway.RequestId() }, member.Options(cancellationToken));
        }

        if (item.State == ItemState.HandedIn)
        {
            await gateway.Items.VerifyItemAsync(new VerifyItemRequest { ItemId = item.ItemId, Done = done, Remark = done ? "属实。" : "实地查看未开展，视为未完成。", RequestId = gateway.RequestId() },
                _organizer.Options(cancellationToken));
        }
    }

    /// <summary>In a week, but within the quarter: the deadline decides for which quarter the points count.</summary>
    private static DateTimeOffset Due(DateTimeOffset now)
    {
        var today = ChinaTime.Day(now);
        var next = new DateOnly(today.Year, ((today.Month - 1) / 3 * 3) + 1, 1).AddMonths(3);
        var end = ChinaTime.StartOf(next).AddSeconds(-1);
        return now.AddDays(7) < end ? now.AddDays(7) : end;
    }

    private async Task CommendAsync(IReadOnlyList<string> members, CancellationToken cancellationToken)
    {
        var now = gateway.Time.GetUtcNow();
        var today = ChinaTime.Day(now).ToString("O", CultureInfo.InvariantCulture);
        var quarter = ChinaTime.Quarter(now);
        var known = (await gateway.Commendations.ListRecordsAsync(new ListRecordsRequest { PlaceCode = Township, PageSize = 1000 }, _organizer.Options(cancellationToken)))
            .Records.Select(r => (r.PersonId, r.DocumentNumber)).ToHashSet();
        foreach (var member in Commended)
            await RecordAsync(new RecordCommendationRequest { SubjectId = members[member], Level = RecordLevel.County, Title = "县级先进个人", DocumentNumber = $"彭委表〔{quarter}〕1号" });
        foreach (var member in CleanedUp)
            await RecordAsync(new RecordCommendationRequest { SubjectId = members[member], Level = RecordLevel.Township, Title = "村庄清洁行动先进", DocumentNumber = $"善委表〔{quarter}〕2号", Topic = "village_cleanup" });

        async Task RecordAsync(RecordCommendationRequest request)
        {
            if (known.Contains((request.SubjectId, request.DocumentNumber))) return;
            request.DocumentDate = today;
            request.RequestId = gateway.RequestId();
            await gateway.Commendations.RecordCommendationAsync(request, _organizer.Options(cancellationToken));
        }
    }

    private async Task<IReadOnlyList<(RankingRow Row, Entry Entry)>> EntriesAsync(Scheme scheme, ListRankingResponse ranking, CancellationToken cancellationToken)
    {
        var all = new List<(RankingRow, Entry)>();
        foreach (var row in ranking.Rows)
        {
            var answer = await gateway.Points.ListEntriesAsync(new ListEntriesRequest { SubjectId = row.SubjectId, SchemeId = scheme.SchemeId, Period = ranking.Period }, _organizer.Options(cancellationToken));
            all.AddRange(answer.Entries.Select(e => (row, e)));
        }

        return all;
    }

    private async Task ShowAsync(Scheme scheme, ListRankingResponse ranking, CancellationToken cancellationToken)
    {
        var items = (await gateway.Items.ListItemsAsync(new ListItemsRequest { PlaceCode = Township, PageSize = 1000 }, _organizer.Options(cancellationToken)))
            .Items.Where(i => ChinaTime.Quarter(i.DueTime.ToDateTimeOffset()) == ranking.Period).ToList();
        screen.Line($"\n善感乡 {ranking.Period}: {items.Count} items assigned to {items.Select(i => i.SubjectId).Distinct().Count()} leadership members; base score {scheme.BasePoints}\n");
        var members = new Table().Border(TableBorder.Simple).AddColumns("rank 名次", "name 姓名", "division 分工", "items 交办", "difficulty 难度", "points 积分");
        foreach (var row in ranking.Rows)
        {
            var own = items.Where(i => i.SubjectId == row.SubjectId).ToList();
            members.AddRow($"{row.Rank}", Markup.Escape(row.DisplayName), Markup.Escape(string.Join(' ', own.Select(i => i.Division).Distinct())), $"{own.Count}",
                string.Join(' ', own.Select(i => i.Difficulty)), row.TotalPoints);
        }

        screen.Console.Write(members);
        screen.Line("Where each point came from:");
        var table = new Table().Border(TableBorder.Simple).AddColumns("name 姓名", "points 积分", "rule 规则", "event 事件", "matter 事项", "trace");
        foreach (var (row, entry) in await EntriesAsync(scheme, ranking, cancellationToken))
        {
            var why = await gateway.Points.ExplainEntryAsync(new ExplainEntryRequest { EntryId = entry.EntryId }, _organizer.Options(cancellationToken));
            table.AddRow(Markup.Escape(row.DisplayName), entry.Points.StartsWith('-') ? entry.Points : $"+{entry.Points}", Markup.Escape($"{why.RuleTitle} {why.RuleTitleEn}"), entry.EventType, why.MatterId, entry.TraceId);
        }

        screen.Console.Write(table);
    }
}
