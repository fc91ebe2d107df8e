using Jiceng.Bench.Faults;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>A short ./jiceng drill on a separate suite.</summary>
[Collection(SuiteGroup.Name)]
public sealed class DrillTests
{
    [Fact]
    public async Task ShortDrill_EverythingRestored_BooksAgree()
    {
        var plan = new ChaosPlan(Seed: 3, TimeSpan.FromSeconds(6)) { Configuration = "debug", Teams = 3, Workers = 3, AwaitsBroker = false, Restores = true };

        await BooksCompared.AgreeAsync(plan);
    }
}
