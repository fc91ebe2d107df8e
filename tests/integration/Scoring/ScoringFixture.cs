using Jiceng.Scoring.V1;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

/// <summary>One run that the tests of a class share, with both schemes of data/schemes in force. Each test makes its own people.</summary>
public sealed class ScoringFixture : IAsyncLifetime
{
    internal ScoringRun Run { get; private set; } = null!;

    public Scheme Workers { get; private set; } = null!;

    public Scheme Officials { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Run = await ScoringRun.StartAsync();
        Workers = await Run.PublishAsync("grid-workers-quarter.json");
        Officials = await Run.PublishAsync("township-officials-quarter.json");
    }

    public ValueTask DisposeAsync() => Run.DisposeAsync();
}
