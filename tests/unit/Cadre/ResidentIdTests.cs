using FsCheck;
using FsCheck.Fluent;
using Jiceng.Cadre;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cadre;

public class ResidentIdTests
{
    private const string CheckDigits = "0123456789X";

    // Seventeen digits of a province, a possible day of birth and a serial number.
    private static readonly Arbitrary<string> Bodies = (
        from region in Gen.Elements("140224", "361027", "610305", "500243", "110101")
        from days in Gen.Choose(0, 45_000)
        from serial in Gen.Choose(0, 999)
        select $"{region}{new DateOnly(1900, 1, 1).AddDays(days):yyyyMMdd}{serial:D3}").ToArbitrary();

    [Fact]
    public void Parse_AnyBody_AcceptsExactlyOneCheckDigit() =>
        Prop.ForAll(Bodies, body => CheckDigits.Count(digit => Accepts(body + digit)) == 1).QuickCheckThrowOnFailure();

    [Fact]
    public void Parse_AnyOneDigitMistyped_Refuses() => Prop.ForAll(Bodies, Gen.Choose(0, 16).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (body, at, by) =>
    {
        var mistyped = body.ToCharArray();
        mistyped[at] = (char)('0' + ((mistyped[at] - '0' + by) % 10));
        return !Accepts(new string(mistyped) + ResidentId.CheckDigit(body));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Parse_AnyTwoNeighboursSwapped_Refuses() => Prop.ForAll(Bodies, Gen.Choose(0, 15).ToArbitrary(), (body, at) =>
    {
        var swapped = body.ToCharArray();
        (swapped[at], swapped[at + 1]) = (swapped[at + 1], swapped[at]);
        return swapped[at] == swapped[at + 1] || !Accepts(new string(swapped) + ResidentId.CheckDigit(body));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("11010519491231002X", "1949-12-31", Sex.Female)]
    [InlineData("440524188001010014", null, null)]
    [InlineData(" 11010519491231002x ", "1949-12-31", Sex.Female)]
    public void Parse_ExamplesOfTheStandard_TellBirthAndSex(string text, string? birth, object? sex)
    {
        if (birth is null)
        {
            // The standard's second example is of 1880: right in its check digit, too old for a person of today.
            ResidentId.CheckDigit(text.AsSpan(0, 17)).ShouldBe(text[17]);
            ProblemOf(text).ShouldBe("birth_date");
            return;
        }

        var id = ResidentId.Parse(text, "id");
        id.BirthDate.ShouldBe(DateOnly.Parse(birth, System.Globalization.CultureInfo.InvariantCulture));
        id.Sex.ShouldBe((Sex)sex!);
        id.Value.ShouldBe("11010519491231002X");
    }

    [Theory]
    [InlineData("", "length")]
    [InlineData("11010519491231002", "length")]
    [InlineData("11010519491231002XX", "length")]
    [InlineData("1101051949123100AX", "characters")]
    [InlineData("１１010519491231002X", "characters")]
    [InlineData("11010519491231002Y", "characters")]
    [InlineData("99010519491231002X", "region")]
    [InlineData("110105194913310021", "birth_date")]
    [InlineData("110105190002290021", "birth_date")]
    [InlineData("110105194912310020", "check_digit")]
    public void Parse_WrongPart_NamesThePartAndNotTheId(string text, string problem)
    {
        ProblemOf(text).ShouldBe(problem);
        if (text.Length > 0)
            Refusal(text).Message.ShouldNotContain(text);
    }

    private static bool Accepts(string text)
    {
        try
        {
            ResidentId.Parse(text, "id");
            return true;
        }
        catch (ApiException)
        {
            return false;
        }
    }

    private static string ProblemOf(string text) => Refusal(text).Metadata["problem"];

    private static ApiException Refusal(string text)
    {
        var refused = Should.Throw<ApiException>(() => ResidentId.Parse(text, "id"));
        refused.Reason.ShouldBe(CadreErrors.ResidentIdInvalid);
        return refused;
    }
}
