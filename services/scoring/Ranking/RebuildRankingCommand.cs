using Jiceng.Hosting;

namespace Jiceng.Scoring.Ranking;

/// <summary><c>rebuild-ranking</c>: drops the rankings in Redis and builds them again from the ledger.</summary>
internal sealed class RebuildRankingCommand(RankingReadStore rankings) : IServiceCommand
{
    public string Name => "rebuild-ranking";

    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var count = await rankings.RebuildAsync(
            null,
            (scope, lines) => Console.WriteLine($"{scope.Scheme.Name} {scope.Period} {scope.Group ?? "(all groups)"}: {lines:#,0}"),
            cancellationToken);
        await Console.Out.WriteLineAsync($"{count} rankings were built from the ledger.");
        return 0;
    }
}
