using Jiceng.Cadre.Liaisons;
using Jiceng.Cadre.Liaisons.Domain;
using Jiceng.Domain;
using Shouldly;
using Xunit;
using static Jiceng.UnitTests.Cadre.CadreExamples;

namespace Jiceng.UnitTests.Cadre;

public class LiaisonTests
{
    private static readonly DateTimeOffset Now = new(Today.ToDateTime(new TimeOnly(1, 0)), TimeSpan.FromHours(8));

    [Fact]
    public void Begin_VillageWithoutAHelper_IsKept() => Liaison().Begin(null, Today).ShouldBe(Liaison());

    [Fact]
    public void Begin_DayAfterTheLastHelperEnded_IsKept() =>
        Liaison().Begin(Liaison() with { StartDate = Today.AddDays(-9), EndDate = Today.AddDays(-1) }, Today).ShouldBe(Liaison());

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public void Begin_VillageHasAHelperOnThatDay_IsRefusedAndNamesTheHelper(int? ended)
    {
        var last = Liaison() with { HelperName = "某企业", StartDate = Today.AddDays(-9), EndDate = ended is { } days ? Today.AddDays(days) : null };
        var refused = Should.Throw<ApiException>(() => Liaison().Begin(last, Today));
        refused.Reason.ShouldBe(LiaisonErrors.HelperExists);
        refused.Message.ShouldContain("某企业");
    }

    [Theory]
    [InlineData("140224205")]
    [InlineData("140224205201001")]
    public void Begin_PlaceThatIsNoVillage_IsRefused(string place) =>
        Reason(() => (Liaison() with { Place = PlaceCode.Parse(place) }).Begin(null, Today)).ShouldBe(LiaisonErrors.PlaceNotVillage);

    [Fact]
    public void Begin_DayToCome_IsRefused() =>
        Reason(() => (Liaison() with { StartDate = Today.AddDays(1) }).Begin(null, Today)).ShouldBe(CommonErrors.ArgumentInvalid);

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void End_FromItsFirstDayToToday_IsKept(int days)
    {
        var ended = Lasting.End(Today.AddDays(days), "调整", Now);
        (ended.EndDate, ended.EndReason, ended.UpdateTime, ended.Version).ShouldBe((Today.AddDays(days), "调整", Now, 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-6)]
    public void End_OnAnotherDay_IsRefused(int days) =>
        Should.Throw<ApiException>(() => Lasting.End(Today.AddDays(days), "调整", Now)).Fields.Single().Field.ShouldBe("end_date");

    [Fact]
    public void End_Twice_IsRefused() =>
        Reason(() => Lasting.End(Today, "调整", Now).End(Today, "调整", Now)).ShouldBe(LiaisonErrors.LiaisonEnded);

    [Fact]
    public void IsRepeatedBy_SameHelperInForce_IsTrueOnlyThen()
    {
        Lasting.IsRepeatedBy(Liaison()).ShouldBeTrue();
        Lasting.IsRepeatedBy(Liaison() with { HelperName = "某企业" }).ShouldBeFalse();
        Lasting.IsRepeatedBy(Liaison() with { HelperKind = HelperKind.Firm }).ShouldBeFalse();
        Lasting.End(Today, "调整", Now).IsRepeatedBy(Liaison()).ShouldBeFalse();
    }

    private static Liaison Lasting => Liaison() with { StartDate = Today.AddDays(-5) };

    private static Liaison Liaison() => new()
    {
        Id = Guid.Empty,
        Place = PlaceCode.Parse("140224205201"),
        HelperKind = HelperKind.CountyLeader,
        HelperName = "县委副书记",
        StartDate = Today,
        UpdateTime = Now,
    };

    private static ErrorReason Reason(Action act) => Should.Throw<ApiException>(act).Reason;
}
