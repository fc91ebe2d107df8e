using Jiceng.Bench.Faults;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>A short ./jiceng chaos on a separate suite; in parallel with the other tests that kill processes it would starve.</summary>
[Collection(SuiteGroup.Name)]
public sealed class ChaosTests
{
    [Fact]
    public async Task ShortRun_FaultsUnderLoad_BooksAgree()
    {
        var plan = new ChaosPlan(Seed: 14, TimeSpan.FromSeconds(26)) { Configuration = "debug", Teams = 4, Workers = 3, AwaitsBroker = false };

        await BooksCompared.AgreeAsync(plan);
    }
}
