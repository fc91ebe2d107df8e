using Jiceng.Cadre;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;
using Shouldly;
using Xunit;
using static Jiceng.UnitTests.Cadre.CadreExamples;

namespace Jiceng.UnitTests.Cadre;

public class OrganizationTests
{
    [Theory]
    [InlineData(OrganizationKind.CountyCommittee, "140224", true)]
    [InlineData(OrganizationKind.TownshipCommittee, "140224205", true)]
    [InlineData(OrganizationKind.VillageBranch, "140224205201", true)]
    [InlineData(OrganizationKind.GeneralBranch, "140224205201", true)]
    [InlineData(OrganizationKind.PartyGroup, "140224205201001", true)]
    [InlineData(OrganizationKind.GeneralBranch, "140224205", false)]
    [InlineData(OrganizationKind.PartyGroup, "140224205201", false)]
    [InlineData(OrganizationKind.ChainGroup, "140224205201", false)]
    [InlineData(OrganizationKind.TemporaryBranch, "140224205201", false)]
    [InlineData(OrganizationKind.Department, "140224", false)]
    public void UnderRules_KindAtLevel_TellsWhetherItIsSeated(object kind, string place, bool seated) =>
        Organization((OrganizationKind)kind, place).UnderRules(null).Seated.ShouldBe(seated);

    [Fact]
    public void UnderRules_BranchBelowTheGeneralBranchOfItsVillage_IsNotSeated()
    {
        var general = Organization(OrganizationKind.GeneralBranch, "140224205201");
        var branch = Organization(OrganizationKind.VillageBranch, "140224205201").UnderRules(general);
        branch.Seated.ShouldBeFalse();
        branch.ParentId.ShouldBe(general.Id);
    }

    [Theory]
    [InlineData(OrganizationKind.CountyCommittee, "140224205", "6")]
    [InlineData(OrganizationKind.TownshipCommittee, "140224", "9")]
    [InlineData(OrganizationKind.VillageBranch, "140224205", "12")]
    [InlineData(OrganizationKind.Department, "140224205", "6")]
    public void UnderRules_KindAtAnotherLevel_RefusesWithTheRightOne(object kind, string place, string digits)
    {
        var refused = Should.Throw<ApiException>(() => Organization((OrganizationKind)kind, place).UnderRules(null));
        refused.Reason.ShouldBe(CadreErrors.OrganizationKindLevel);
        refused.Metadata["digits"].ShouldBe(digits);
    }

    [Theory]
    [InlineData("140224206")]
    [InlineData("140225")]
    public void UnderRules_ParentOfAnotherTerritory_Refuses(string parent) =>
        Should.Throw<ApiException>(() => Organization(OrganizationKind.VillageBranch, "140224205201")
            .UnderRules(Organization(OrganizationKind.GeneralBranch, parent))).Reason.ShouldBe(CadreErrors.ParentTerritory);

    [Fact]
    public void In_WeakAndBack_KeepsThePlanOnlyWhileWeak()
    {
        var weak = Organization(OrganizationKind.VillageBranch, "140224205201").In(OrganizationState.Weak, "三个月内整顿");
        weak.RectificationPlan.ShouldBe("三个月内整顿");
        weak.In(OrganizationState.Normal, "").RectificationPlan.ShouldBe("");
    }

    [Fact]
    public void In_TheSameState_Refuses() =>
        Should.Throw<ApiException>(() => Organization(OrganizationKind.VillageBranch, "140224205201").In(OrganizationState.Normal, ""))
            .Reason.ShouldBe(CadreErrors.OrganizationStateSame);

    [Fact]
    public void In_WeakWithoutPlanOrNormalWithOne_Refuses()
    {
        var normal = Organization(OrganizationKind.VillageBranch, "140224205201");
        Should.Throw<ApiException>(() => normal.In(OrganizationState.Weak, "")).Reason.ShouldBe(CommonErrors.ArgumentRequired);
        var weak = normal with { State = OrganizationState.Weak, RectificationPlan = "方案" };
        Should.Throw<ApiException>(() => weak.In(OrganizationState.Normal, "方案")).Reason.ShouldBe(CommonErrors.ArgumentInvalid);
    }
}
