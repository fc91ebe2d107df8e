using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Cli.Demo;
using Jiceng.Grid.V1;
using Jiceng.Scoring.V1;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>An accepted change is kept and takes effect exactly once, whatever dies.</summary>
[Collection(SuiteGroup.Name)]
public sealed class SurvivalTests(SuiteFixture suite)
{
    private const int Stop = 19;
    private const int Continue = 18;

    [Theory]
    [InlineData("grid")]
    [InlineData("grid-sidecar")]
    [InlineData("scoring")]
    [InlineData("scoring-sidecar")]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task KilledProcess_UnderLoad_LosesAndRepeatsNothing(string part)
    {
        var worker = await suite.NewWorkerAsync();
        var load = Enumerable.Range(0, 4).Select(async _ =>
        {
            var closed = new List<string>();
            for (var i = 0; i < 4; i++)
                closed.Add(await suite.CloseCaseAsync(worker));
            return closed;
        }).ToList();
        await suite.KillAsync(part);
        var cases = (await Task.WhenAll(load)).SelectMany(closed => closed).ToList();
        await CheckBooksAsync(worker, cases);
    }

    [Fact]
    public async Task FlushedRedis_EventsInFlight_AreRecoveredByTheFeed()
    {
        var worker = await suite.NewWorkerAsync();
        await suite.CloseCaseAsync(worker);
        await suite.AwaitEntriesAsync(worker.PersonId, 1);
        var sidecar = suite.Process("scoring-sidecar");
        var cases = new List<string>();
        sidecar.Signal(Stop);
        try
        {
            for (var i = 0; i < 5; i++)
                cases.Add(await suite.CloseCaseAsync(worker));
            await FlushAsync();
        }
        finally
        {
            sidecar.Signal(Continue);
        }

        var entries = await suite.AwaitEntriesAsync(worker.PersonId, 6);
        entries.Count.ShouldBe(6);
        await RankingIsLedgerAsync(worker, entries);
    }

    [Fact]
    public async Task PostgresDown_Call_IsUnavailableWithRetryInfoAndRecovers()
    {
        using var channel = GrpcChannel.ForAddress(suite.Installation.GatewayAddress);
        var nodes = new NodeService.NodeServiceClient(channel);
        var postgres = suite.Process("postgres");
        var request = new GetNodeRequest { Code = SuiteFixture.Village };
        postgres.Signal(Cli.Processes.ProcessIdentity.Kill);
        RpcException? away = null;
        var start = TimeProvider.System.GetTimestamp();
        while (away is null && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(30))
        {
            try
            {
                await nodes.GetNodeAsync(request, suite.Organizer.Options(TestContext.Current.CancellationToken));
            }
            catch (RpcException refused)
            {
                away = refused;
            }
        }

        away.ShouldNotBeNull().StatusCode.ShouldBe(StatusCode.Unavailable);
        away.GetRpcStatus()!.Details.ShouldContain(detail => detail.Is(Google.Rpc.RetryInfo.Descriptor));
        (await SuiteFixture.PersistAsync(() => nodes.GetNodeAsync(request, suite.Organizer.Options(TestContext.Current.CancellationToken)))).Name.ShouldBe("赵北村");
    }

    private async Task CheckBooksAsync(Actor worker, List<string> cases)
    {
        cases.Distinct().Count().ShouldBe(16);
        // Handled on the spot, a case gives points for the closing and none for the report.
        var entries = await suite.AwaitEntriesAsync(worker.PersonId, 16);
        entries.Select(entry => entry.RuleKey).ShouldBe(Enumerable.Repeat("case_on_time", 16));
        var ledger = await SuiteFixture.PersistAsync(() => suite.Gateway.Points.VerifyLedgerAsync(
            new VerifyLedgerRequest { SubjectId = worker.PersonId }, suite.Organizer.Options(TestContext.Current.CancellationToken)));
        (ledger.Intact, ledger.EntryCount).ShouldBe((true, 16));
        await RankingIsLedgerAsync(worker, entries);
    }

    private async Task RankingIsLedgerAsync(Actor worker, IReadOnlyList<Entry> entries)
    {
        var expected = 60m + entries.Sum(entry => decimal.Parse(entry.Points, CultureInfo.InvariantCulture));
        var ranking = await SuiteFixture.PersistAsync(() => suite.Gateway.Points.ListRankingAsync(
            new ListRankingRequest { SchemeId = suite.SchemeId, PageSize = 1000 }, suite.Organizer.Options(TestContext.Current.CancellationToken)));
        var row = ranking.Rows.Single(one => one.SubjectId == worker.PersonId);
        decimal.Parse(row.TotalPoints, CultureInfo.InvariantCulture).ShouldBe(expected);
    }

    private async Task FlushAsync()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync($"{suite.Installation.Redis},allowAdmin=true");
        await redis.GetServer(redis.GetEndPoints()[0]).FlushAllDatabasesAsync();
    }
}
