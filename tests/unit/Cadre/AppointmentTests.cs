using FsCheck;
using FsCheck.Fluent;
using Jiceng.Cadre;
using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;
using Shouldly;
using Xunit;
using static Jiceng.UnitTests.Cadre.CadreExamples;

namespace Jiceng.UnitTests.Cadre;

public class AppointmentTests
{
    [Theory]
    [InlineData(Position.Secretary, OrganizationKind.VillageBranch, true, true)]
    [InlineData(Position.Secretary, OrganizationKind.TownshipCommittee, true, true)]
    [InlineData(Position.Secretary, OrganizationKind.VillageBranch, false, false)]
    [InlineData(Position.VillageHead, OrganizationKind.VillageBranch, true, false)]
    [InlineData(Position.FirstSecretary, OrganizationKind.VillageBranch, true, false)]
    [InlineData(Position.GroupLeader, OrganizationKind.PartyGroup, true, true)]
    [InlineData(Position.GroupLeader, OrganizationKind.ChainGroup, false, false)]
    public void HeadsPlace_OnlyTheHeadOfTheSeatedOrganisation(object position, object kind, bool seated, bool heads) =>
        Posts.HeadsPlace((Position)position, (OrganizationKind)kind, seated).ShouldBe(heads);

    [Theory]
    [InlineData(Position.VillageHead, OrganizationKind.TownshipCommittee, "140224205")]
    [InlineData(Position.GovernmentHead, OrganizationKind.VillageBranch, "140224205201")]
    [InlineData(Position.DepartmentHead, OrganizationKind.CountyCommittee, "140224")]
    [InlineData(Position.Secretary, OrganizationKind.PartyGroup, "140224205201001")]
    [InlineData(Position.VillageHead, OrganizationKind.GeneralBranch, "140224205")]
    public void Check_PostThatTheOrganisationLacks_RefusesWithThoseItHas(object position, object kind, string place)
    {
        var organization = Organization((OrganizationKind)kind, place).UnderRules(null);
        var refused = Should.Throw<ApiException>(() => Posts.Check((Position)position, organization));
        refused.Reason.ShouldBe(CadreErrors.PostNotInOrganization);
        refused.Metadata["allowed"].ShouldContain("staff");
    }

    [Fact]
    public void Admit_SecondSecretary_RefusesNamingTheHolder()
    {
        var holder = Appointment(Position.Secretary, Day(-100));
        var refused = Should.Throw<ApiException>(() => Appointment(Position.Secretary, Day(0)).Admit([holder], replace: false));
        refused.Reason.ShouldBe(CadreErrors.PostTaken);
        refused.Metadata["appointment_id"].ShouldBe(holder.Id.ToString());
    }

    [Fact]
    public void Admit_OnTheDayAfterTheHoldersLast_ReplacesNobody() =>
        Appointment(Position.Secretary, Day(0)).Admit([Appointment(Position.Secretary, Day(-100), Day(-1))], replace: false).ShouldBeNull();

    [Fact]
    public void Admit_OnTheHoldersLastDay_Refuses() => Should.Throw<ApiException>(
        () => Appointment(Position.Secretary, Day(0)).Admit([Appointment(Position.Secretary, Day(-100), Day(0))], replace: false))
        .Reason.ShouldBe(CadreErrors.PostTaken);

    [Fact]
    public void Admit_ReplacingTheHolder_EndsItTheDayBefore()
    {
        var holder = Appointment(Position.Secretary, Day(-100));
        Appointment(Position.Secretary, Day(5)).Admit([holder], replace: true)
            .ShouldBe(holder with { EndDate = Day(4), EndReason = EndReason.Replaced });
    }

    [Fact]
    public void Admit_ReplacingOneWhoBeganTheSameDay_Refuses() => Should.Throw<ApiException>(
        () => Appointment(Position.Secretary, Day(0)).Admit([Appointment(Position.Secretary, Day(0))], replace: true))
        .Reason.ShouldBe(CadreErrors.HolderNotReplaceable);

    [Fact]
    public void Admit_ReplacingWhileASuccessorIsPlanned_Refuses()
    {
        var holder = Appointment(Position.Secretary, Day(-100), Day(9));
        var successor = Appointment(Position.Secretary, Day(10));
        var refused = Should.Throw<ApiException>(() => Appointment(Position.Secretary, Day(0)).Admit([successor, holder], replace: true));
        refused.Reason.ShouldBe(CadreErrors.HolderNotReplaceable);
        refused.Metadata["appointment_id"].ShouldBe(successor.Id.ToString());
    }

    [Fact]
    public void Admit_SecondCommitteeMember_IsAllowed() =>
        Appointment(Position.CommitteeMember, Day(0)).Admit([Appointment(Position.CommitteeMember, Day(-9))], replace: false).ShouldBeNull();

    [Fact]
    public void Admit_SamePersonInTheSamePost_Refuses()
    {
        var first = Appointment(Position.CommitteeMember, Day(-9));
        Should.Throw<ApiException>(() => Appointment(Position.CommitteeMember, Day(0), person: first.PersonId).Admit([first], replace: true))
            .Reason.ShouldBe(CadreErrors.PostHeldByPerson);
    }

    // However secretaries are appointed and replaced, no day has two.
    [Fact]
    public void Admit_AnySeriesOfAppointments_LeavesOneHolderOnEveryDay()
    {
        var spans = (from start in Gen.Choose(0, 60)
                     from length in Gen.Choose(-10, 20)
                     from replace in Gen.Elements(true, false)
                     select (start, length, replace)).ListOf().ToArbitrary();
        Prop.ForAll(spans, series =>
        {
            var admitted = new List<Appointment>();
            foreach (var (start, length, replace) in series)
            {
                var wanted = Appointment(Position.Secretary, Day(start), length < 0 ? null : Day(start + length));
                try
                {
                    if (wanted.Admit(admitted, replace) is { } ended)
                        admitted[admitted.FindIndex(held => held.Id == ended.Id)] = ended;
                    admitted.Add(wanted);
                }
                catch (ApiException)
                {
                    // Refused appointments leave everything as it was.
                }
            }

            return Enumerable.Range(0, 90).All(day =>
                admitted.Count(held => held.StartDate <= Day(day) && (held.EndDate ?? DateOnly.MaxValue) >= Day(day)) <= 1)
                && admitted.All(held => held.EndDate is null || held.EndDate >= held.StartDate);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void End_Today_KeepsReasonAndRemark()
    {
        var held = Appointment(Position.Secretary, Day(-100));
        held.End(Day(0), EndReason.Resigned, "个人原因", Today)
            .ShouldBe(held with { EndDate = Day(0), EndReason = EndReason.Resigned, EndRemark = "个人原因" });
    }

    [Theory]
    [InlineData(-1, -1)]
    [InlineData(-1, -5)]
    [InlineData(0, 0)]
    [InlineData(10, 10)]
    [InlineData(10, 20)]
    public void End_EndedOrPutOff_Refuses(int end, int again)
    {
        var held = Appointment(Position.Secretary, Day(-100), Day(end));
        var refused = Should.Throw<ApiException>(() => held.End(Day(again), EndReason.Resigned, "", Today));
        refused.Reason.ShouldBe(CadreErrors.AppointmentEnded);
        refused.Metadata["end_date"].ShouldBe(Days.Text(Day(end)));
    }

    [Fact]
    public void End_BroughtForward_IsAllowed() =>
        Appointment(Position.Secretary, Day(-100), Day(10)).End(Day(3), EndReason.Resigned, "", Today).EndDate.ShouldBe(Day(3));

    [Theory]
    [InlineData(-101)]
    [InlineData(366)]
    public void End_BeforeTheFirstDayOrTooFarAhead_Refuses(int day) => Should.Throw<ApiException>(
        () => Appointment(Position.Secretary, Day(-100)).End(Day(day), EndReason.Resigned, "", Today)).Reason.ShouldBe(CadreErrors.AppointmentDates);

    [Theory]
    [InlineData(366, null)]
    [InlineData(0, -1)]
    public void CheckDays_StartTooFarAheadOrEndBeforeStart_Refuses(int start, int? end) => Should.Throw<ApiException>(
        () => Appointment(Position.Secretary, Day(start), end is { } last ? Day(last) : null).CheckDays(Today)).Reason.ShouldBe(CadreErrors.AppointmentDates);

    private static DateOnly Day(int fromToday) => Today.AddDays(fromToday);
}
