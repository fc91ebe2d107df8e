using Jiceng.Domain;
using Jiceng.Scoring;
using Jiceng.Scoring.Facts;
using Jiceng.Scoring.Items.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class ItemTests
{
    private const string LeaderId = "0190d1a0-0000-7000-8000-000000000001";
    private const string Verifier = "committee";
    private static readonly DateTimeOffset Due = Samples.Time.AddDays(10);
    private static readonly Subject Leader = new(Samples.Worker, "李强", PlaceCode.Parse("140224205"), []);
    private static readonly Subject Branch = new(SubjectRef.Organization("0190d1a0-0000-7000-8000-000000000009"), "赵北村党支部", PlaceCode.Parse("140224205201"), []);

    private static readonly Item Assigned = new()
    {
        Id = Guid.CreateVersion7(Samples.Time),
        Place = PlaceCode.Parse("140224205"),
        Subject = Samples.Worker,
        Title = "化解积案",
        Division = "信访",
        Difficulty = 3,
        DueTime = Due,
        AssignerId = Verifier,
        AssignTime = Samples.Time,
    };

    private static readonly Item HandedIn = Assigned.HandIn(LeaderId, Leader, "已化解", Due);

    [Fact]
    public void HandIn_ByThePersonItself_IsKept()
    {
        HandedIn.State.ShouldBe(ItemState.HandedIn);
        (HandedIn.HandInId, HandedIn.HandInRemark, HandedIn.HandInTime, HandedIn.Revision).ShouldBe((LeaderId, "已化解", Due, 2));
    }

    [Fact]
    public void HandIn_BySomebodyElse_IsOnlyForOrganizations()
    {
        Refusal(() => Assigned.HandIn("clerk", Leader, "", Due)).ShouldBe(ScoringErrors.ItemNotOwn);
        Assigned.HandIn("clerk", Branch, "", Due).HandInId.ShouldBe("clerk");
    }

    [Fact]
    public void Verify_DoneWork_IsOnTimeUntilTheDeadlineAndLateAfterIt()
    {
        HandedIn.Verify(Verifier, Leader, true, "", Due.AddDays(3)).Result.ShouldBe(ItemResult.OnTime);
        Assigned.HandIn(LeaderId, Leader, "", Due.AddMicroseconds(1)).Verify(Verifier, Leader, true, "", Due.AddDays(3)).Result.ShouldBe(ItemResult.Late);
    }

    [Fact]
    public void Verify_WorkNotDone_BeforeItIsHandedIn_WaitsForTheDeadline()
    {
        Refusal(() => Assigned.Verify(Verifier, Leader, false, "未落实", Due)).ShouldBe(ScoringErrors.ItemNotDue);
        Assigned.Verify(Verifier, Leader, false, "未落实", Due.AddSeconds(1)).Result.ShouldBe(ItemResult.NotDone);
        HandedIn.Verify(Verifier, Leader, false, "弄虚作假", Due).Result.ShouldBe(ItemResult.NotDone);
    }

    [Theory]
    [InlineData("clerk")]
    [InlineData(LeaderId)]
    public void Verify_ByWhoHandedInOrWasAssigned_IsRefused(string caller)
    {
        var item = Assigned.HandIn("clerk", Branch, "", Due);
        Refusal(() => item.Verify(caller, Leader, true, "", Due)).ShouldBe(ScoringErrors.ItemOwnVerifier);
    }

    [Fact]
    public void Verbs_OfAState_AreThese()
    {
        var verified = HandedIn.Verify(Verifier, Leader, true, "", Due);
        var cancelled = Assigned.Cancel(Verifier, "撤并", Due);
        (Item Item, string Allowed)[] table = [(Assigned, "hand_in not_done cancel"), (HandedIn, "done not_done cancel"), (verified, ""), (cancelled, "")];
        var late = Due.AddDays(1);
        foreach (var (item, allowed) in table)
        {
            var verbs = new Dictionary<string, Action>
            {
                ["hand_in"] = () => item.HandIn(LeaderId, Leader, "", late),
                ["done"] = () => item.Verify(Verifier, Leader, true, "", late),
                ["not_done"] = () => item.Verify(Verifier, Leader, false, "", late),
                ["cancel"] = () => item.Cancel(Verifier, "", late),
            };
            foreach (var (verb, act) in verbs)
            {
                if (allowed.Split(' ').Contains(verb)) Should.NotThrow(act, $"{verb} of {item.State}");
                else Refusal(act).ShouldBe(ScoringErrors.ItemState, $"{verb} of {item.State}");
            }
        }
    }

    [Fact]
    public void ToFact_CountsForThePeriodOfTheDeadline_AndFitsTheCatalog()
    {
        var due = new DateTimeOffset(2026, 3, 31, 15, 59, 0, TimeSpan.Zero);
        var item = (Assigned with { DueTime = due }).HandIn(LeaderId, Leader, "", due.AddDays(2));
        var fact = ItemFacts.Verified.ToFact(item.Verify(Verifier, Leader, true, "", due.AddDays(5)), Guid.CreateVersion7(due), due.AddDays(5), "");
        fact.Day.ShouldBe(new DateOnly(2026, 3, 31));
        fact.Fields["result"].ShouldBe("late");
        fact.Fields["days_late"].ShouldBe("2");
        fact.Fields["difficulty"].ShouldBe("3");
        var type = FactTable.Catalog.Find(fact.Type).ShouldNotBeNull();
        fact.Fields.Keys.ShouldBe(type.Fields.Select(field => field.Name), ignoreOrder: true);
        fact.Parts.ShouldAllBe(part => type.Roles.Any(role => role.Name == part.Role && role.Subject == part.Subject.Kind));
    }

    private static ErrorReason Refusal(Action act) => Should.Throw<ApiException>(act).Reason;
}
