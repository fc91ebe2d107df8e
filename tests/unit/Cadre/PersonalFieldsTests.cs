using Jiceng.Cadre;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cadre;

public class PersonalFieldsTests
{
    private const string Woman1949 = "11010519491231002X";
    private static readonly DateOnly Today = new(2026, 3, 31);

    [Fact]
    public void Read_ResidentIdAlone_TellsBirthDateAndSex()
    {
        var (fields, sex) = PersonalFields.Read(Woman1949, "", null, null, Today);
        fields.ShouldBe(new PersonalFields(Woman1949, null, new DateOnly(1949, 12, 31)));
        sex.ShouldBe(Sex.Female);
    }

    [Fact]
    public void Read_WithoutResidentId_NeedsBirthDateAndSex()
    {
        Refusal(() => PersonalFields.Read("", "", null, Sex.Male, Today)).ShouldBe((CommonErrors.ArgumentRequired, "personal_fields.birth_date"));
        Refusal(() => PersonalFields.Read("", "", new DateOnly(1980, 1, 1), null, Today)).ShouldBe((CommonErrors.ArgumentRequired, "person.sex"));
    }

    [Fact]
    public void Read_BirthDateOrSexAgainstTheResidentId_Refuses()
    {
        Refusal(() => PersonalFields.Read(Woman1949, "", new DateOnly(1949, 12, 30), null, Today))
            .ShouldBe((CadreErrors.ResidentIdContradiction, "personal_fields.birth_date"));
        Refusal(() => PersonalFields.Read(Woman1949, "", null, Sex.Male, Today)).ShouldBe((CadreErrors.ResidentIdContradiction, "person.sex"));
    }

    [Fact]
    public void Read_BornTomorrow_Refuses() =>
        Refusal(() => PersonalFields.Read("", "", Today.AddDays(1), Sex.Male, Today)).ShouldBe((CommonErrors.ArgumentInvalid, "personal_fields.birth_date"));

    [Fact]
    public void ToString_Ever_HoldsNoPersonalData() =>
        new PersonalFields(Woman1949, "13800001234", new DateOnly(1949, 12, 31)).ToString().ShouldBe("PersonalFields");

    [Theory]
    [InlineData("13800001234", "13800001234")]
    [InlineData("+86 138-0000-1234", "13800001234")]
    [InlineData("(0352) 8522345", "03528522345")]
    [InlineData("010-65001234", "01065001234")]
    public void Phone_WrittenInAnyWay_IsOneNumber(string text, string number) => Phone.Parse(text, "phone").ShouldBe(number);

    [Theory]
    [InlineData("")]
    [InlineData("12800001234")]
    [InlineData("1380000123")]
    [InlineData("138000012345")]
    [InlineData("8522345")]
    [InlineData("13800001234\n9")]
    [InlineData("１３８00001234")]
    public void Phone_NotANumber_RefusesWithoutRepeatingIt(string text)
    {
        var refused = Should.Throw<ApiException>(() => Phone.Parse(text, "phone"));
        refused.Reason.ShouldBe(CadreErrors.PhoneInvalid);
        if (text.Length > 0)
            refused.Message.ShouldNotContain(text);
    }

    private static (ErrorReason Reason, string Field) Refusal(Action action)
    {
        var refused = Should.Throw<ApiException>(action);
        return (refused.Reason, refused.Fields.Single().Field);
    }
}
