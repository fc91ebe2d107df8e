using Grpc.Core;
using Jiceng.Cadre.V1;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Import;
using Jiceng.Grid.V1;

namespace Jiceng.Cli.Demo;

/// <summary>
/// The sample county before its first day: its places, a party organisation seated in each township and village with a secretary, grid
/// workers on duty in some micro-grids, and the scheme that gives them points.
/// </summary>
internal sealed class CountySetup(Gateway gateway, string root)
{
    private const int Townships = 3;
    private const int VillagesInTownship = 4;
    private const int WorkersInVillage = 2;

    // On two cores more calls at once only wait for each other.
    private const int AtOnce = 8;

    private readonly Calls _organizer = gateway.As("county_organizer", [SampleCounty.Code]);

    /// <summary>Whether the county is there already.</summary>
    public async Task<bool> IsLoadedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = SampleCounty.Code }, _organizer.Options(cancellationToken));
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return false;
        }
    }

    public async Task<string> ImportAsync(Action<string> report, CancellationToken cancellationToken)
    {
        var answer = await NodeImport.SendAsync(gateway, _organizer, SampleCounty.Load(root), new ImportNodesOptions { AllOrNothing = true }, report, cancellationToken);
        if (!answer.Imported)
            throw new CliException($"The sample county was rejected: line {answer.RefusedRows[0].Line}, code {answer.RefusedRows[0].Code}: {answer.RefusedRows[0].Message}");
        var counts = await gateway.Nodes.CountNodesAsync(new CountNodesRequest { Code = SampleCounty.Code }, _organizer.Options(cancellationToken));
        return string.Join(" + ", counts.Counts.Select(c => c.Count));
    }

    /// <summary>Records organisations and secretaries, puts workers on duty; returns how many people there are.</summary>
    public async Task<int> StaffAsync(Action<string> report, CancellationToken cancellationToken)
    {
        var places = SampleCounty.Load(root);
        var records = await new CadreRecords(gateway, _organizer, SampleCounty.Code, cancellationToken).LoadAsync();
        var county = await records.OrganizationAsync("中共灵丘县委", OrganizationKind.CountyCommittee, SampleCounty.Code, "");
        await records.HolderAsync(county, Position.Secretary, 1, PersonCategory.LeadershipMember);

        var done = 1;
        var townships = places.Where(p => p.Code.Length == 9).ToList();
        var villages = places.Where(p => p.Code.Length == 12).ToList();
        await EachAsync(townships, async (place, number) =>
        {
            var committee = await records.OrganizationAsync($"中共{place.Name}委员会", OrganizationKind.TownshipCommittee, place.Code, county);
            await records.HolderAsync(committee, Position.Secretary, 10 + number, PersonCategory.LeadershipMember);
            Tell();
        });
        await EachAsync(villages, async (place, number) =>
        {
            var committee = await records.OrganizationAsync("", OrganizationKind.TownshipCommittee, place.Code[..9], county);
            var branch = await records.OrganizationAsync($"{SampleCounty.ShortName(place.Name)}党支部", OrganizationKind.VillageBranch, place.Code, committee);
            await records.HolderAsync(branch, Position.Secretary, 100 + number, PersonCategory.VillageSecretary, PersonCategory.PartyMember);
            Tell();
        });
        await EachAsync([.. WorkersAt(places)], async (place, number) =>
        {
            var branch = await records.OrganizationAsync("", OrganizationKind.VillageBranch, place.Code[..12], "");
            var worker = await records.PersonAsync(400 + number, branch, PersonCategory.PartyMember);
            await AssignAsync(place.Code, worker, cancellationToken);
            Tell();
        });
        return done;

        void Tell() => report($"{Interlocked.Increment(ref done)} people");

        Task EachAsync(IReadOnlyList<NodeRow> rows, Func<NodeRow, int, Task> work) => Parallel.ForEachAsync(
            rows.Select((row, i) => (row, i)), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (item, _) => await work(item.row, item.i));
    }

    /// <summary>The micro-grids that get a worker: the first ones of the first villages of the first townships.</summary>
    private static IEnumerable<NodeRow> WorkersAt(IReadOnlyList<NodeRow> places) => places
        .Where(p => p.Code.Length == 15).GroupBy(p => p.Code[..9]).OrderBy(g => g.Key, StringComparer.Ordinal).Take(Townships)
        .SelectMany(township => township.GroupBy(p => p.Code[..12]).OrderBy(g => g.Key, StringComparer.Ordinal).Take(VillagesInTownship)
            .SelectMany(village => village.OrderBy(p => p.Code, StringComparer.Ordinal).Take(WorkersInVillage)));

    private async Task AssignAsync(string node, string person, CancellationToken cancellationToken)
    {
        try
        {
            await gateway.Nodes.AssignDutyAsync(new AssignDutyRequest { NodeCode = node, PersonId = person, Role = "full_time", RequestId = gateway.RequestId() },
                _organizer.Options(cancellationToken));
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.AlreadyExists)
        {
            // On duty there since an earlier run.
        }
    }
}
