using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Jiceng.Cadre.V1;
using Jiceng.Cli;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Import;
using Jiceng.Grid.V1;
using Jiceng.Scoring.V1;

namespace Jiceng.Bench.Inputs;

/// <summary>
/// Prepares a private suite for bad input: a village with organizations and people, and cases in every state, so that an almost valid input
/// reaches the code behind the validation.
/// </summary>
internal sealed class InputWorld(PrivateSuite suite)
{
    private const string County = "140224";
    private const string Township = "140224205";
    public const string Village = "140224205201";
    private const string MicroGrid = "140224205201001";
    private const int OfEach = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Gateway _gateway = suite.Gateway;
    private readonly Dictionary<string, string[]> _values = [];
    private string _county = "";
    private string _branch = "";
    private string _workerId = "";
    private Scheme _draft = new();
    private int _people = 2000;

    /// <summary>Resident ids and phone numbers that were sent; no log may contain them.</summary>
    public IReadOnlySet<string> Personal => Enumerable.Range(1, _people).Select(number => SamplePeople.Make(number, County, "").PersonalFields).SelectMany(fields => new[] { fields.ResidentId, fields.Phone })
        .Concat(_values["Contact.phone"]).Concat(_values["PersonalFields.resident_id"]).Concat(_values["PersonalFields.phone"]).ToHashSet();

    private Calls Organizer => field ??= _gateway.As(InputGenerator.Organizer, [County], _gateway.RequestId());

    private Calls Worker => field ??= _gateway.As(InputGenerator.Worker, [County], _workerId);

    /// <summary>The token of a caller; null when it has none.</summary>
    public string? Token(string caller) => caller switch
    {
        InputGenerator.Nobody => null,
        InputGenerator.Forger => "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJmb3JnZXIifQ.AAAA",
        InputGenerator.Worker => TokenOf(caller, _workerId),
        _ => TokenOf(caller, _values["person_id"][0]),
    };

    public async Task MakeAsync(CancellationToken token)
    {
        NodeRow[] places =
        [
            new() { Line = 2, Code = County, Name = "灵丘县" }, new() { Line = 3, Code = Township, Name = "赵北乡" },
            new() { Line = 4, Code = Village, Name = "赵北村" }, new() { Line = 5, Code = MicroGrid, Name = "一组" },
        ];
        await NodeImport.SendAsync(_gateway, Organizer, places, new ImportNodesOptions(), _ => { }, token);
        var records = await new CadreRecords(_gateway, Organizer, County, token).LoadAsync();
        _county = await records.OrganizationAsync("中共灵丘县委", OrganizationKind.CountyCommittee, County, "");
        var township = await records.OrganizationAsync("中共赵北乡委员会", OrganizationKind.TownshipCommittee, Township, _county);
        _branch = await records.OrganizationAsync("赵北村党支部", OrganizationKind.VillageBranch, Village, township);
        var secretary = await records.HolderAsync(_branch, Position.Secretary, 1, PersonCategory.VillageSecretary);
        _workerId = await PersonAsync(token);
        await _gateway.Nodes.AssignDutyAsync(new AssignDutyRequest { NodeCode = MicroGrid, PersonId = _workerId, Role = "full_time", RequestId = Id() }, Organizer.Options(token));
        var scheme = await Schemes.EnsureAsync(_gateway, Organizer, suite.Installation.Workspace.Root, Schemes.GridWorkers, County, token);
        var wanted = scheme.Clone();
        wanted.Name = "试行办法";
        _draft = await _gateway.Schemes.CreateSchemeAsync(new CreateSchemeRequest { Scheme = wanted, RequestId = Id() }, Organizer.Options(token));
        var commendation = new RecordCommendationRequest
        {
            SubjectId = _workerId,
            Level = RecordLevel.County,
            Title = "优秀网格员",
            DocumentNumber = "灵组〔2026〕1号",
            DocumentDate = "2026-06-01",
            Topic = "grid_work",
            RequestId = Id(),
        };
        var record = await _gateway.Commendations.RecordCommendationAsync(commendation, Organizer.Options(token));
        var entry = await EntryAsync(token);

        foreach (var field in (string[])["node_code", "place_code", "code", "parent_code", "owner_code"]) _values[field] = [County, Township, Village, MicroGrid];
        _values["ReportCase.node_code"] = _values["AssignDuty.node_code"] = [MicroGrid];
        _values["NodeRow.code"] = [MicroGrid, Village + "002", Village + "003"];
        _values["organization_id"] = [_branch, township, _county];
        _values["AppointPerson.organization_id"] = [_branch];
        _values["parent_id"] = [township];
        _values["CreateOrganization.parent_id"] = [_branch];
        _values["CreateOrganization.place_code"] = [MicroGrid, Village];
        _values["CreateOrganization.kind"] = ["5", "7"];
        _values["UpdateOrganization.organization_id"] = [_branch];
        _values["UpdateOrganization.kind"] = ["4"];
        _values["person_id"] = [_workerId, secretary, await PersonAsync(token), await PersonAsync(token)];
        _values["handler_id"] = [_workerId];
        _values["record_id"] = [record.RecordId];
        _values["scheme_id"] = [scheme.SchemeId];
        _values["version"] = ["1"];
        _values["UpdateScheme.scheme_id"] = [_draft.SchemeId];
        _values["subject_id"] = [_workerId];
        _values["entry_id"] = [entry.EntryId];
        _values["ListRanking.group"] = ["full_time", ""];
        _values["ListRanking.period"] = ["", entry.Period];
        _values["GetBalance.period"] = [entry.Period];
        _values["category"] = ["sanitation.rubbish"];
        _values["role"] = ["full_time", "helper"];
        _values["position"] = ["14"];
        _values["Attachment.uri"] = ["https://files.example/a.jpg", "s3://bucket/乙.png"];
        _values["media_type"] = ["image/jpeg"];
        _values["Contact.phone"] = ["13800009999"];
        _values["PersonalFields.resident_id"] = [.. Enumerable.Range(0, 300).Select(i => Resident(3000 + i))];
        _values["PersonalFields.phone"] = ["13800009998", "+86 138-0000-9997", "0352-8520001"];
        _values["PersonalFields.birth_date"] = [""];
        _values["SearchPersonsRequest.resident_id"] = [Resident(1)];
        _values["SearchPersonsRequest.phone"] = ["13800000001"];
        _values["sex"] = ["0"];
        _values["party_join_date"] = [""];
        _values["start_date"] = [Day(-20)];
        _values["GetCaseStatisticsRequest.end_date"] = [Day(0)];
        _values["group_by"] = ["1", "2", "3"];
        _values["ages_below"] = ["35", "45"];
        _values["from_date"] = [Day(-300)];
        _values["to_date"] = [Day(0)];
        _values["end_reason"] = ["1", "3"];
        _values["AppointPerson.end_reason"] = ["0"];
        _values["after_position"] = [""];
        _values["types"] = ["jiceng.grid.case.closed.v1"];
        _values["rule_key"] = ["case_on_time"];
        _values["line"] = ["2"];
        _values["topic"] = ["grid_work"];
    }

    /// <summary>Adds cases in every state that the verbs require, and returns the known values.</summary>
    public async Task<KnownValues> RenewAsync(CancellationToken token)
    {
        var pools = new Dictionary<string, string[]>
        {
            ["AcceptCase RejectCase"] = await ManyAsync(() => CaseAsync("reported", token)),
            ["VoidCase EscalateCase DispatchCase"] = await ManyAsync(() => CaseAsync("accepted", token)),
            ["StartCase ReturnCase"] = await ManyAsync(() => CaseAsync("dispatched", token)),
            ["SuspendCase FinishCase"] = await ManyAsync(() => CaseAsync("handling", token)),
            ["ResumeCase"] = await ManyAsync(() => CaseAsync("suspended", token)),
            ["VerifyCase"] = await ManyAsync(() => CaseAsync("handled", token)),
            ["ReopenCase RateCase"] = await ManyAsync(() => CaseAsync("closed", token)),
        };
        foreach (var (verbs, ids) in pools)
            foreach (var verb in verbs.Split(' ')) _values[$"{verb}.case_id"] = ids;
        _values["case_id"] = [.. pools.Values.Select(ids => ids[0])];
        _values["HandInItem.item_id"] = _values["CancelItem.item_id"] = _values["item_id"] = await ManyAsync(() => ItemAsync(false, token));
        _values["VerifyItem.item_id"] = await ManyAsync(() => ItemAsync(true, token));
        var people = await ManyAsync(() => PersonAsync(token));
        _values["AssignDuty.person_id"] = _values["AppointPerson.person_id"] = people;
        _values["appointment_id"] = await Task.WhenAll(people.Take(3).Select(async person => (await _gateway.Appointments.AppointPersonAsync(
            new AppointPersonRequest { PersonId = person, OrganizationId = _branch, Position = Position.CommitteeMember, StartDate = Day(-40), RequestId = Id() }, Organizer.Options(token))).AppointmentId));
        _values["duty_id"] = await Task.WhenAll(people.Take(3).Select(async person => (await _gateway.Nodes.AssignDutyAsync(
            new AssignDutyRequest { NodeCode = MicroGrid, PersonId = person, Role = "part_time", RequestId = Id() }, Organizer.Options(token))).DutyId));
        return new KnownValues(new Dictionary<string, string[]>(_values), _gateway.Time.GetUtcNow(), _draft);
    }

    /// <summary>A call that always succeeds; shows whether the suite still serves.</summary>
    public async Task PingAsync(CancellationToken token) => await _gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = Village }, Organizer.Options(token));

    private static async Task<string[]> ManyAsync(Func<Task<string>> make) => await Task.WhenAll(Enumerable.Range(0, OfEach).Select(_ => make()));

    private async Task<string> PersonAsync(CancellationToken token)
    {
        var request = SamplePeople.Make(Interlocked.Increment(ref _people), County, _branch, PersonCategory.PartyMember);
        request.RequestId = Id();
        return (await _gateway.Persons.CreatePersonAsync(request, Organizer.Options(token))).PersonId;
    }

    private async Task<string> CaseAsync(string state, CancellationToken token)
    {
        var (cases, by, worker) = (_gateway.Cases, Organizer.Options(token), Worker.Options(token));
        var id = (await cases.ReportCaseAsync(
            new ReportCaseRequest { NodeCode = MicroGrid, Category = "sanitation.rubbish", Description = "村口垃圾", RequestId = Id() }, by)).CaseId;
        if (state == "reported") return id;
        await cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = id, RequestId = Id() }, by);
        if (state == "accepted") return id;
        await cases.DispatchCaseAsync(new DispatchCaseRequest { CaseId = id, Assignments = { new Assignment { HandlerId = _workerId } }, RequestId = Id() }, by);
        if (state == "dispatched") return id;
        await cases.StartCaseAsync(new StartCaseRequest { CaseId = id, RequestId = Id() }, worker);
        if (state == "handling") return id;
        if (state == "suspended")
        {
            await cases.SuspendCaseAsync(new SuspendCaseRequest { CaseId = id, Reason = "等待配件", RequestId = Id() }, by);
            return id;
        }

        await cases.FinishCaseAsync(new FinishCaseRequest { CaseId = id, Result = "已清理", RequestId = Id() }, worker);
        if (state == "handled") return id;
        await cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = id, Passed = true, RequestId = Id() }, by);
        return id;
    }

    private async Task<string> ItemAsync(bool handedIn, CancellationToken token)
    {
        var assign = new AssignItemRequest
        {
            PlaceCode = Village,
            SubjectId = _workerId,
            Title = "走访农户",
            Difficulty = 2,
            RequestId = Id(),
            DueTime = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(_gateway.Time.GetUtcNow().AddDays(5)),
        };
        var item = await _gateway.Items.AssignItemAsync(assign, Organizer.Options(token));
        if (handedIn) await _gateway.Items.HandInItemAsync(new HandInItemRequest { ItemId = item.ItemId, Remark = "已走访", RequestId = Id() }, Worker.Options(token));
        return item.ItemId;
    }

    /// <summary>The worker's first points, which arrive by event shortly after the first case is closed.</summary>
    private async Task<Entry> EntryAsync(CancellationToken token)
    {
        await CaseAsync("closed", token);
        var start = _gateway.Time.GetTimestamp();
        while (true)
        {
            try
            {
                var entries = await _gateway.Points.ListEntriesAsync(new ListEntriesRequest { SubjectId = _workerId }, Organizer.Options(token));
                if (entries.Entries.Count > 0) return entries.Entries[0];
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.PermissionDenied)
            {
                // Scoring has not received the person yet.
            }

            if (_gateway.Time.GetElapsedTime(start) > Patience) throw new CliException("The points of the first case did not arrive within a minute.");
            await Task.Delay(100, token);
        }
    }

    private string TokenOf(string role, string subject) => suite.As(role, subject, County).Headers!.GetValue("authorization")!["Bearer ".Length..];

    private static string Resident(int number) => SamplePeople.Make(number, County, "").PersonalFields.ResidentId;

    private string Day(int away) => _gateway.Time.GetUtcNow().AddDays(away).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string Id() => _gateway.RequestId();
}
