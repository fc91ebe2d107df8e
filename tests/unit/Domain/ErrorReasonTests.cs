using System.Text;
using Jiceng.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Domain;

public sealed class ErrorReasonTests
{
    [Fact]
    public void With_LongValue_IsShortened()
    {
        var refused = CommonErrors.OutOfScope.With(("field", new string('长', 100_000)));

        refused.Metadata["field"].ShouldBe(new string('长', 500) + "…");
        refused.Message.Length.ShouldBeLessThan(600);
        refused.Chinese.Length.ShouldBeLessThan(600);
    }

    [Fact]
    public void With_LongValue_IsNotCutWithinACharacter()
    {
        var value = "a" + string.Concat(Enumerable.Repeat("👍", 400));

        IsText(CommonErrors.OutOfScope.With(("field", value)).Message).ShouldBeTrue();
        IsText(Should.Throw<ApiException>(() => PlaceCode.Parse(value)).Message).ShouldBeTrue();
    }

    private static bool IsText(string text) => text.EnumerateRunes().All(rune => rune != Rune.ReplacementChar);
}
