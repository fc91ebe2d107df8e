using Jiceng.Cli;
using Jiceng.Cli.Demo;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class SampleCountyTests
{
    private static readonly string Root = Workspace.Find(null).Root;

    [Fact]
    public void Load_Lingqiu_IsTheRealTreeWithThePublishedNumberOfMicroGrids()
    {
        var places = SampleCounty.Load(Root);

        // The division codes of the 2020s contain 200 villages and communities; the county published 322 before they were merged.
        places.CountBy(p => p.Code.Length).OrderBy(c => c.Key).Select(c => c.Value).ShouldBe([1, 11, 200, 2_901]);
    }

    [Fact]
    public void Load_Lingqiu_EveryPlaceIsUniqueAndFollowsItsParent()
    {
        var seen = new HashSet<string>();
        foreach (var place in SampleCounty.Load(Root))
        {
            place.Name.ShouldNotBeNullOrWhiteSpace();
            seen.Add(place.Code).ShouldBeTrue(place.Code);
            if (place.Code.Length > 6) seen.ShouldContain(place.Code[..(place.Code.Length - 3)]);
        }
    }

    [Fact]
    public void Load_Twice_IsDeterministic() => SampleCounty.Load(Root).ShouldBe(SampleCounty.Load(Root));

    [Fact]
    public void MicroGrids_IndivisibleCount_DifferByAtMostOne()
    {
        var villages = SampleCounty.Load(Root).Where(p => p.Code.Length == 12).ToList();

        var sizes = SampleCounty.MicroGrids(villages, SampleCounty.MicroGridCount).CountBy(p => p.Code[..12]).Select(c => c.Value).ToList();

        (sizes.Max() - sizes.Min()).ShouldBe(1);
    }
}
