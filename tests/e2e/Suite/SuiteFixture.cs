using Grpc.Core;
using Jiceng.Cadre.V1;
using Jiceng.Cli;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Import;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;
using Jiceng.EndToEndTests.Runner;
using Jiceng.Grid.V1;
using Jiceng.Scoring.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>
/// The whole suite, started with ./jiceng up and real servers, sidecars and gateway: a village with its branch and secretary, its
/// micro-grid, and the scheme for grid workers. Tests that kill its processes run sequentially.
/// </summary>
public sealed class SuiteFixture : IAsyncLifetime
{
    public const string Township = "140224205";
    public const string Village = "140224205201";
    public const string MicroGrid = "140224205201001";

    private readonly JicengScript _jiceng = new();
    private readonly OtlpReceiver _receiver = new();
    private Gateway? _gateway;
    private int _people = 1000;

    internal OtlpReceiver Receiver => _receiver;

    internal JicengScript Jiceng => _jiceng;

    internal Installation Installation { get; private set; } = null!;

    internal Gateway Gateway => _gateway ?? throw new InvalidOperationException("Not started.");

    internal Calls Organizer { get; private set; } = null!;

    internal Calls Secretary { get; private set; } = null!;

    internal string SecretaryId { get; private set; } = "";

    internal string BranchId { get; private set; } = "";

    internal string SchemeId { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _jiceng.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = _receiver.Address.ToString();
        _jiceng.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        _jiceng.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        // The feed redelivers lost events within seconds here instead of within a minute.
        _jiceng.Environment["Feeds__Interval"] = "00:00:03";
        (await _jiceng.UpAsync()).ShouldSatisfyAllConditions(up => up.ExitCode.ShouldBe(Exit.Done, up.Output));
        Installation = Installation.Open(_jiceng.Workspace.Data, null, TimeProvider.System);
        _gateway = new Gateway(Installation);
        Organizer = _gateway.As("county_organizer", ["140224"], NewId());

        NodeRow[] places =
        [
            new() { Line = 2, Code = "140224", Name = "灵丘县" },
            new() { Line = 3, Code = Township, Name = "赵北乡" },
            new() { Line = 4, Code = Village, Name = "赵北村" },
            new() { Line = 5, Code = MicroGrid, Name = "一组" },
        ];
        var token = TestContext.Current.CancellationToken;
        (await NodeImport.SendAsync(_gateway, Organizer, places, new ImportNodesOptions(), _ => { }, token)).CreatedCount.ShouldBe(4);
        var records = await new CadreRecords(_gateway, Organizer, "140224", token).LoadAsync();
        var county = await records.OrganizationAsync("中共灵丘县委", OrganizationKind.CountyCommittee, "140224", "");
        var township = await records.OrganizationAsync("中共赵北乡委员会", OrganizationKind.TownshipCommittee, Township, county);
        BranchId = await records.OrganizationAsync("赵北村党支部", OrganizationKind.VillageBranch, Village, township);
        SecretaryId = await records.HolderAsync(BranchId, Position.Secretary, 1, PersonCategory.VillageSecretary);
        Secretary = _gateway.As("village_secretary", [Village], SecretaryId);
        SchemeId = (await Schemes.EnsureAsync(_gateway, Organizer, _jiceng.Workspace.Root, Schemes.GridWorkers, "140224", token)).SchemeId;
    }

    public async ValueTask DisposeAsync()
    {
        _gateway?.Dispose();
        await _jiceng.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    internal static string NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    /// <summary>Creates a person in cadre who is on duty in the micro-grid.</summary>
    internal async Task<Actor> NewWorkerAsync()
    {
        var token = TestContext.Current.CancellationToken;
        var request = SamplePeople.Make(Interlocked.Increment(ref _people), "140224", BranchId, PersonCategory.PartyMember);
        request.RequestId = NewId();
        var person = await Gateway.Persons.CreatePersonAsync(request, Organizer.Options(token));
        var duty = new AssignDutyRequest { NodeCode = MicroGrid, PersonId = person.PersonId, Role = "full_time", RequestId = NewId() };
        await Gateway.Nodes.AssignDutyAsync(duty, Organizer.Options(token));
        return new Actor(person.PersonId, Gateway.As("grid_worker", [MicroGrid], person.PersonId));
    }

    /// <summary>
    /// Creates a case that the worker reports on the spot and the secretary verifies, during any failure: each call is retried with its
    /// request id until it succeeds.
    /// </summary>
    internal async Task<string> CloseCaseAsync(Actor worker)
    {
        var report = new ReportCaseRequest
        {
            NodeCode = MicroGrid,
            Category = "sanitation.rubbish",
            Description = "村口垃圾",
            Result = new OnTheSpotResult { Result = "已清理" },
            RequestId = NewId(),
        };
        var handled = await PersistAsync(() => Gateway.Cases.ReportCaseAsync(report, worker.Calls.Options(TestContext.Current.CancellationToken)));
        var verify = new VerifyCaseRequest { CaseId = handled.CaseId, Passed = true, RequestId = NewId() };
        await PersistAsync(() => Gateway.Cases.VerifyCaseAsync(verify, Secretary.Options(TestContext.Current.CancellationToken)));
        return handled.CaseId;
    }

    /// <summary>Retries a call while a dependency is down.</summary>
    internal static async Task<T> PersistAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (RpcException away) when (away.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted && attempt < 60)
            {
                await Task.Delay(500, TestContext.Current.CancellationToken);
            }
        }
    }

    internal async Task<IReadOnlyList<Entry>> EntriesAsync(string personId)
    {
        var entries = new List<Entry>();
        var request = new ListEntriesRequest { SubjectId = personId, SchemeId = SchemeId, PageSize = 1000 };
        do
        {
            var page = await PersistAsync(() => Gateway.Points.ListEntriesAsync(request, Organizer.Options(TestContext.Current.CancellationToken)));
            entries.AddRange(page.Entries);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return entries;
    }

    /// <summary>Waits until the worker's ledger has the expected entries.</summary>
    internal async Task<IReadOnlyList<Entry>> AwaitEntriesAsync(string personId, int count)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var entries = await TryEntriesAsync(personId);
            if (entries.Count >= count)
                return entries;
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(90))
                throw new TimeoutException($"{entries.Count} of {count} entries came for {personId}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    internal ProcessIdentity Process(string name) => _jiceng.Records.Single(record => record.Name == name).Process;

    /// <summary>Kills a process with SIGKILL and waits until the runner has restarted it.</summary>
    internal async Task KillAsync(string name)
    {
        var killed = Process(name);
        killed.Signal(ProcessIdentity.Kill);
        await JicengScript.UntilAsync(
            () => _jiceng.Records.SingleOrDefault(record => record.Name == name) is { } next && next.Process != killed && next.Process.Alive,
            $"the restart of {name}");
    }

    private async Task<IReadOnlyList<Entry>> TryEntriesAsync(string personId)
    {
        try
        {
            return await EntriesAsync(personId);
        }
        catch (RpcException unknown) when (unknown.StatusCode is StatusCode.PermissionDenied or StatusCode.NotFound)
        {
            // Scoring has not received the person yet.
            return [];
        }
    }
}

[CollectionDefinition(Name)]
public sealed class SuiteGroup : ICollectionFixture<SuiteFixture>
{
    public const string Name = "suite";
}
