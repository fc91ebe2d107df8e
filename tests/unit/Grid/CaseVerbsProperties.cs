using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;
using Shouldly;
using Xunit;
using static Jiceng.UnitTests.Grid.GridSamples;
using Case = Jiceng.Grid.Cases.Domain.Case;

namespace Jiceng.UnitTests.Grid;

/// <summary>What holds for every sequence of verbs by whomever, allowed or not.</summary>
public sealed class CaseVerbsProperties
{
    private static readonly string[] Actors = [Worker, Colleague, Head];

    [Fact]
    public void Verbs_AnySequence_KeepTheRules()
    {
        var attempts = Gen.Zip(Gen.Zip(Gen.Choose(0, 13), Gen.Choose(0, 2)), Gen.Choose(0, 30)).ListOf().ToArbitrary();
        Prop.ForAll(attempts, sequence =>
        {
            var current = Reported();
            var time = Monday;
            var closes = 0;
            foreach (var ((verb, actor), hours) in sequence)
            {
                time = time.AddHours(hours);
                if (Try(current, verb, new CaseAct(Actors[actor], time, "说明")) is not { } move)
                    continue;
                Check(current, move, Actors[actor]);
                closes += move.Step.Verb == CaseVerb.Pass ? 1 : 0;
                current = move.Case;
            }

            current.CloseCount.ShouldBe(closes);
        }).QuickCheckThrowOnFailure();
    }

    private static void Check(Case before, CaseMove move, string actor)
    {
        var after = move.Case;
        after.Version.ShouldBe(before.Version + 1);
        (move.Step.From, move.Step.To, move.Step.Owner).ShouldBe((before.State, after.State, after.Owner));
        (after.Id, after.Node, after.ReporterId, after.ReportTime).ShouldBe((before.Id, before.Node, before.ReporterId, before.ReportTime));
        after.Owner.Contains(after.Node).ShouldBeTrue();
        if (after.State != before.State && move.Step.Verb != CaseVerb.Overdue)
            CaseMachine.Allows(before.State, move.Step.Verb).ShouldBeTrue();
        (after.State == CaseState.Closed).ShouldBe(after.CloseTime is not null);
        (after.State == CaseState.Suspended).ShouldBe(after.SuspendTime is not null);
        if (after.State is CaseState.Handled or CaseState.Closed)
            after.Parts.ShouldAllBe(part => part.Finished);
        if (after.State is CaseState.Dispatched or CaseState.Handling)
            after.Parts.ShouldContain(part => !part.Finished);
        if (move.Step.Verb is CaseVerb.Pass or CaseVerb.Fail or CaseVerb.Rate)
            before.IsHandler(actor).ShouldBeFalse();
        if (move.Step.Verb is CaseVerb.Start or CaseVerb.Finish or CaseVerb.Return)
            before.IsHandler(actor).ShouldBeTrue();
    }

    private static CaseMove? Try(Case from, int verb, CaseAct act)
    {
        try
        {
            return verb switch
            {
                0 => Verbs.Accept(from, act),
                1 => Verbs.Reject(from, act),
                2 => Verbs.Void(from, act),
                3 => Verbs.Escalate(from, act),
                4 => Verbs.Dispatch(from, [new CasePart(Guid.Parse(Worker), "")], act),
                5 => Verbs.Dispatch(from, [new CasePart(Guid.Parse(Worker), ""), new CasePart(Guid.Parse(Colleague), "")], act),
                6 => Verbs.Start(from, act),
                7 => Verbs.Return(from, act),
                8 => Verbs.Suspend(from, act),
                9 => Verbs.Resume(from, act),
                10 => Verbs.Finish(from, act),
                11 => Verbs.Pass(from, act),
                12 => Verbs.Fail(from, act),
                _ => from.State == CaseState.Closed ? Verbs.Reopen(from, act) : CaseVerbs.Overdue(from, null, act.Time),
            };
        }
        catch (ApiException)
        {
            return null;
        }
    }
}
