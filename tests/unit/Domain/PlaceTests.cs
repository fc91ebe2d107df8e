using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Domain;

public sealed class PlaceTests
{
    private static readonly int[] Lengths = [2, 4, 6, 9, 12, 15];

    private static readonly Gen<PlaceCode> Codes =
        from length in Gen.Elements(Lengths)
        from digits in Gen.Choose(0, 2).ArrayOf(length)
        select PlaceCode.Parse(string.Concat(digits));

    [Theory]
    [InlineData("14", PlaceLevel.Province, null)]
    [InlineData("1402", PlaceLevel.City, "14")]
    [InlineData("140224", PlaceLevel.County, "1402")]
    [InlineData("140224205", PlaceLevel.Township, "140224")]
    [InlineData("140224205201", PlaceLevel.Village, "140224205")]
    [InlineData("140224205201001", PlaceLevel.MicroGrid, "140224205201")]
    public void Parse_Code_KnowsItsLevelAndParent(string text, PlaceLevel level, string? parent)
    {
        var code = PlaceCode.Parse(text);
        code.Level.ShouldBe(level);
        code.Parent?.Value.ShouldBe(parent);
        (code.Parent is null).ShouldBe(parent is null);
        code.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("14022420")]
    [InlineData("14022A")]
    [InlineData("１４０２２４")]
    [InlineData("140224 ")]
    [InlineData("1402242052010011")]
    public void Parse_OtherText_IsRefusedNamingTheField(string text)
    {
        var refused = Should.Throw<ApiException>(() => PlaceCode.Parse(text, "node_code"));
        refused.Reason.Reason.ShouldBe("PLACE_CODE_INVALID");
        refused.Metadata["field"].ShouldBe("node_code");
        refused.Fields.ShouldHaveSingleItem().Field.ShouldBe("node_code");
        refused.Message.ShouldContain(text);
        PlaceCode.TryParse(text, out _).ShouldBeFalse();
    }

    [Fact]
    public void Upper_TrailingNine_NeedsNoCarry()
    {
        PlaceCode.Parse("140229").Upper.ShouldBe("14022:");
        string.CompareOrdinal("140229999999999", PlaceCode.Parse("140229").Upper).ShouldBeLessThan(0);
    }

    [Fact]
    public void Range_AnyTwoPlaces_HoldsExactlyWhatIsContained() => Prop.ForAll(Gen.Zip(Codes, Codes).ToArbitrary(), pair =>
    {
        var (place, other) = pair;
        var inRange = string.CompareOrdinal(other.Value, place.Value) >= 0 && string.CompareOrdinal(other.Value, place.Upper) < 0;
        inRange.ShouldBe(place.Contains(other));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Scope_AnyPlaces_ReachesWhatOneOfThemContainsAndKeepsNoOverlap() => Prop.ForAll(
        Gen.Zip(Codes.ListOf(), Codes).ToArbitrary(), sample =>
        {
            var (places, asked) = sample;
            var scope = PlaceScope.Of(places);
            scope.Contains(asked).ShouldBe(places.Any(place => place.Contains(asked)));
            foreach (var one in scope.Codes)
                scope.Codes.Count(other => other.Contains(one)).ShouldBe(1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cut_AnyWish_IsTheIntersection() => Prop.ForAll(
        Gen.Zip(Gen.Zip(Codes.ListOf(), Codes), Codes).ToArbitrary(), sample =>
        {
            var ((places, wanted), asked) = sample;
            var scope = PlaceScope.Of(places);
            scope.Intersect(wanted).Any(place => place.Contains(asked)).ShouldBe(scope.Contains(asked) && wanted.Contains(asked));
            scope.Intersect(null).Any(place => place.Contains(asked)).ShouldBe(scope.Contains(asked));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Value_OfNoPlace_Throws() => Should.Throw<InvalidOperationException>(() => default(PlaceCode).Value);

    [Fact]
    public void At_LevelAbove_IsThePrefix() => PlaceCode.Parse("140224205201001").At(PlaceLevel.Township).Value.ShouldBe("140224205");

    [Fact]
    public void At_LevelBelow_Throws() => Should.Throw<ArgumentOutOfRangeException>(() => PlaceCode.Parse("140224").At(PlaceLevel.Village));
}
