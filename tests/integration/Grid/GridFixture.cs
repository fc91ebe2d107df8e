using Grpc.Core;
using Jiceng.Grid;
using Jiceng.Grid.Statistics;
using Jiceng.Grid.V1;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;
using Case = Jiceng.Grid.V1.Case;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>A grid service with two townships of Lingqiu, two villages in each and two micro-grids in each of these.</summary>
public class GridFixture : IAsyncLifetime
{
    public const string County = "140224";
    public const string Township = "140224205";
    public const string OtherTownship = "140224206";
    public const string Village = "140224205201";
    public const string MicroGrid = "140224205201001";
    public const string Neighbour = "140224205202001";

    private ServiceRun? _run;

    internal ServiceRun Run => _run ?? throw new InvalidOperationException("Not started.");

    public NodeService.NodeServiceClient Nodes => new(Run.Channel);

    public CaseService.CaseServiceClient Cases => new(Run.Channel);

    /// <summary>Settings that differ from the defaults.</summary>
    protected virtual IReadOnlyDictionary<string, string?>? Settings => null;

    /// <summary>Changes what the service registered.</summary>
    protected virtual void Configure(IServiceCollection services)
    {
    }

    internal Metadata Organizer => Run.As(NewId(), "county_organizer", County);

    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        _run = await ServiceRun.StartAsync(
            "grid",
            builder =>
            {
                builder.AddGrid();
                Configure(builder.Services);
            },
            app => app.MapGrid(), token, Settings);
        List<(string Code, string Name)> rows = [(County, "灵丘县")];
        foreach (var township in (string[])[Township, OtherTownship])
        {
            rows.Add((township, $"乡镇{township}"));
            foreach (var village in (string[])[$"{township}201", $"{township}202"])
            {
                rows.Add((village, $"村{village}"));
                rows.AddRange([($"{village}001", "一组"), ($"{village}002", "二组")]);
            }
        }

        var answer = await ImportAsync(Organizer, new ImportNodesOptions { AllOrNothing = true }, rows);
        answer.CreatedCount.ShouldBe(15);
    }

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
            await _run.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public static string NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    internal async Task<ImportNodesResponse> ImportAsync(Metadata caller, ImportNodesOptions options, IEnumerable<(string Code, string Name)> rows)
    {
        using var call = Nodes.ImportNodes(caller);
        await call.RequestStream.WriteAsync(new ImportNodesRequest { Options = options });
        var message = new ImportNodesRequest { Rows = new NodeRows() };
        message.Rows.Rows.AddRange(rows.Select((row, index) => new NodeRow { Line = index + 2, Code = row.Code, Name = row.Name }));
        await call.RequestStream.WriteAsync(message);
        await call.RequestStream.CompleteAsync();
        return await call;
    }

    internal async Task<Case> ReportAsync(string node = MicroGrid, string? reporter = null, Contact? contact = null, string category = "sanitation.rubbish") =>
        await Cases.ReportCaseAsync(
            new ReportCaseRequest { NodeCode = node, Category = category, Description = "路边有垃圾", Contact = contact },
            Run.As(reporter ?? NewId(), "grid_worker", node));

    /// <summary>A case that the worker was given by the head.</summary>
    internal async Task<Case> DispatchAsync(string worker, Metadata head, string node = MicroGrid, Contact? contact = null)
    {
        var reported = await ReportAsync(node, contact: contact);
        await Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = reported.CaseId }, head);
        return await Cases.DispatchCaseAsync(
            new DispatchCaseRequest { CaseId = reported.CaseId, Assignments = { new Assignment { HandlerId = worker } } }, head);
    }

    /// <summary>A case that the worker handled and the head closed.</summary>
    internal async Task<Case> CloseAsync(string worker, Metadata head, string node = MicroGrid)
    {
        var given = await DispatchAsync(worker, head, node);
        var me = Run.As(worker, "grid_worker", node);
        await Cases.StartCaseAsync(new StartCaseRequest { CaseId = given.CaseId }, me);
        await Cases.FinishCaseAsync(new FinishCaseRequest { CaseId = given.CaseId, Result = "已清理" }, me);
        return await Cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = given.CaseId, Passed = true }, head);
    }
}

/// <summary>The same without the job that counts, as right after the migration: statistics come from the cases alone.</summary>
public sealed class UncountedGridFixture : GridFixture
{
    protected override void Configure(IServiceCollection services) =>
        services.Remove(services.Single(service => service.ImplementationType == typeof(CaseCountJob)));
}
