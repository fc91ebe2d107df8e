using System.Globalization;
using Jiceng.Cadre.V1;
using Jiceng.Cli;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Import;
using Jiceng.Grid.V1;

namespace Jiceng.Bench.Faults;

/// <summary>The workers of a micro-grid, and the secretary who dispatches and verifies their cases.</summary>
internal sealed record Team(string Node, Actor Secretary, IReadOnlyList<Actor> Workers);

/// <summary>The source of the load: a township with two villages, whose teams of grid workers are scored by a scheme.</summary>
internal sealed class ChaosCounty
{
    private const string County = "140224";
    private const string Township = "140224205";
    private static readonly string[] Villages = ["140224205201", "140224205202"];

    public required IReadOnlyList<Team> Teams { get; init; }

    public required Calls Organizer { get; init; }

    public required string SchemeId { get; init; }

    public static async Task<ChaosCounty> PrepareAsync(PrivateSuite suite, int teams, int workers, Action<string> report, CancellationToken cancellationToken)
    {
        var gateway = suite.Gateway;
        var organizer = gateway.As("county_organizer", [County], gateway.RequestId());
        var nodes = Enumerable.Range(0, teams).Select(team => Node(team)).ToList();
        NodeRow[] places =
        [
            new() { Line = 2, Code = County, Name = "灵丘县" },
            new() { Line = 3, Code = Township, Name = "赵北乡" },
            .. Villages.Select((village, i) => new NodeRow { Line = 4 + i, Code = village, Name = $"第{i + 1}村" }),
            .. nodes.Select((node, i) => new NodeRow { Line = 10 + i, Code = node, Name = $"第{i + 1}微网格" }),
        ];
        if (!(await NodeImport.SendAsync(gateway, organizer, places, new ImportNodesOptions { AllOrNothing = true }, report, cancellationToken)).Imported)
            throw new CliException("The import of the places was rejected.");

        var records = await new CadreRecords(gateway, organizer, County, cancellationToken).LoadAsync();
        var county = await records.OrganizationAsync("中共灵丘县委", OrganizationKind.CountyCommittee, County, "");
        var township = await records.OrganizationAsync("中共赵北乡委员会", OrganizationKind.TownshipCommittee, Township, county);
        var secretaries = new Dictionary<string, (string Branch, Actor Secretary)>();
        foreach (var (number, village) in Villages.Index())
        {
            var branch = await records.OrganizationAsync($"第{number + 1}村党支部", OrganizationKind.VillageBranch, village, township);
            var id = await records.HolderAsync(branch, Position.Secretary, 1 + number, PersonCategory.VillageSecretary);
            secretaries[village] = (branch, new Actor(id, gateway.As("village_secretary", [village], id)));
        }

        var made = 0;
        var all = new Actor[teams * workers];
        await Parallel.ForAsync(0, all.Length, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (number, token) =>
        {
            var node = nodes[number / workers];
            var request = SamplePeople.Make(100 + number, County, secretaries[node[..12]].Branch, PersonCategory.PartyMember);
            request.RequestId = gateway.RequestId();
            var person = await gateway.Persons.CreatePersonAsync(request, organizer.Options(token));
            await gateway.Nodes.AssignDutyAsync(
                new AssignDutyRequest { NodeCode = node, PersonId = person.PersonId, Role = "full_time", RequestId = gateway.RequestId() }, organizer.Options(token));
            all[number] = new Actor(person.PersonId, gateway.As("grid_worker", [node], person.PersonId));
            report($"{Interlocked.Increment(ref made)} of {all.Length} workers on duty");
        });
        return new ChaosCounty
        {
            Teams = [.. nodes.Select((node, i) => new Team(node, secretaries[node[..12]].Secretary, all[(i * workers)..((i + 1) * workers)]))],
            Organizer = organizer,
            SchemeId = (await Schemes.EnsureAsync(gateway, organizer, suite.Installation.Workspace.Root, Schemes.GridWorkers, County, cancellationToken)).SchemeId,
        };
    }

    private static string Node(int team) => Villages[team % Villages.Length] + (team + 1).ToString("000", CultureInfo.InvariantCulture);
}
