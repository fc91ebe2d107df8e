using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Contracts;
using Jiceng.Grid.V1;
using Jiceng.IntegrationTests.Grid;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Access;

/// <summary>What lists, counts and searches answer stays in the caller's scope, whatever the request leaves out or names.</summary>
[Collection(nameof(AccessWorlds))]
public sealed class CutTests(AccessWorlds worlds)
{
    private static IEnumerable<MethodDescriptor> Unary => ContractFiles.Services.SelectMany(service => service.Methods)
        .Where(method => method.AccessOf().ScopeWhenEmpty && !method.IsServerStreaming);

    public static TheoryData<string> Cut => [.. Unary.Select(method => method.FullName)];

    [Theory]
    [MemberData(nameof(Cut))]
    public async Task Answer_WithoutAPlace_IsCutToTheScope(string name)
    {
        var method = AccessWorlds.Find(name);
        var world = worlds.Serving(method).Single();
        foreach (var role in LeakMatrixTests.RolesGranting(method.AccessOf()))
        {
            // Asked as one who looks for what lies there: the county's own answer tells about it, the township's next to it does not.
            var request = method.Request(world.There, null);
            var whole = await AnswerAsync(world, method, request, role, AccessWorld.County);
            var here = await AnswerAsync(world, method, request, role, world.Here.Township);
            var nothing = await AnswerAsync(world, method, request, role);
            Telling(here, world.There).ShouldBeEmpty(role);
            Telling(nothing, world.There).ShouldBeEmpty(role);
            Telling(nothing, world.Here).ShouldBeEmpty(role);
            here.ShouldNotBe(whole, $"{role}: the seeds leave no trace in the answer, so that this test sees no leak");
            if (Telling(whole, world.There).Count > 0) continue;

            // Counts tell no names: the cut answer has to be the one about the township alone.
            var asked = await AnswerAsync(world, method, method.Request(world.There, world.Here.Township), role, AccessWorld.County);
            here.ShouldBe(asked, role);
        }
    }

    [Theory]
    [MemberData(nameof(Cut))]
    public async Task Answer_WithAFilterThatNamesWhatIsOutside_IsThatForWhatDoesNotExist(string name)
    {
        var method = AccessWorlds.Find(name);
        var world = worlds.Serving(method).Single();
        var role = LeakMatrixTests.RolesGranting(method.AccessOf()).First();
        foreach (var field in method.InputType.Fields.InDeclarationOrder().Where(field => world.There.Fields.ContainsKey(field.Name)))
        {
            var headers = world.Run.As(AccessWorld.NewId(), role, world.Here.Township);
            var (request, named, unknown) = (method.Request(world.There, null), world.There.Fields[field.Name], AccessWorld.NewId());
            field.Accessor.SetValue(request, named);
            var outside = await world.Run.Channel.CallAsync(method, request, headers);
            field.Accessor.SetValue(request, unknown);
            var missing = await world.Run.Channel.CallAsync(method, request, headers);
            Text(outside, named).ShouldBe(Text(missing, unknown), field.Name);

            field.Accessor.SetValue(request, world.Here.Fields[field.Name]);
            Text(await world.Run.Channel.CallAsync(method, request, headers), "").ShouldNotBe(Text(missing, ""), $"{field.Name} finds nothing in scope either");
        }
    }

    [Fact]
    public async Task WatchCases_ChangesElsewhere_AreNotTold()
    {
        var method = AccessWorlds.Find("jiceng.grid.v1.CaseService.WatchCases");
        var world = worlds.Serving(method).Single();
        var cases = new CaseService.CaseServiceClient(world.Run.Channel);
        using var call = cases.WatchCases(new WatchCasesRequest(), world.Run.As(AccessWorld.NewId(), "township_committee", world.Here.Township));
        (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken)).ShouldBeTrue();
        var there = await ReportAsync(world, world.There);
        var here = await ReportAsync(world, world.Here);
        there.ShouldNotBe(here);
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            var told = call.ResponseStream.Current.Case;
            told?.CaseId.ShouldNotBe(there);
            if (told?.CaseId == here) return;
        }

        throw new ShouldAssertException("The stream ended before it told about the case in scope.");
    }

    [Theory]
    [InlineData("jiceng.grid.v1.CaseService.GetCase")]
    [InlineData("jiceng.cadre.v1.PersonService.GetPerson")]
    [InlineData("jiceng.scoring.v1.ItemService.GetItem")]
    public async Task ReadEvents_ByAnotherSystem_TellsWhatHappensInItsScope(string served)
    {
        var world = worlds.Serving(AccessWorlds.Find(served)).Single();
        var method = AccessWorlds.Find("jiceng.common.v1.MessagingService.ReadEvents");
        var request = method.Request(world.Here, null);
        // A feed returns only what is older than every open transaction of the server, which the tests share.
        await Eventually.HoldsAsync(
            async () =>
            {
                var whole = await AnswerAsync(world, method, request, "government_system", AccessWorld.County);
                return Telling(whole, world.There).Count > 0 && Telling(whole, world.Here).Count > 0;
            },
            "the feed tells of both places");
        var here = await AnswerAsync(world, method, request, "government_system", world.Here.Township);
        Telling(here, world.Here).ShouldNotBeEmpty();
        Telling(here, world.There).ShouldBeEmpty();
        Telling(await AnswerAsync(world, method, request, "government_system"), world.Here).ShouldBeEmpty();
        Telling(await AnswerAsync(world, method, request, "service"), world.There).ShouldNotBeEmpty("a service of the suite hears everything");
    }

    private static async Task<string> ReportAsync(AccessWorld world, Seed seed)
    {
        var reported = await new CaseService.CaseServiceClient(world.Run.Channel).ReportCaseAsync(
            new ReportCaseRequest { NodeCode = $"{seed.Place}001", Category = "sanitation.rubbish", Description = "路边有垃圾" },
            world.Run.As(AccessWorld.NewId(), "grid_worker", seed.Place));
        return reported.CaseId;
    }

    private static async Task<string> AnswerAsync(AccessWorld world, MethodDescriptor method, IMessage request, string role, params string[] scope)
    {
        var outcome = await world.Run.Channel.CallAsync(method, request, world.Run.As(AccessWorld.NewId(), role, scope));
        outcome.Answer.ShouldNotBeNull($"{role}: {outcome}");
        return JsonFormatter.Default.Format(outcome.Answer);
    }

    private static List<string> Telling(string answer, Seed seed) => [.. seed.Marks.Where(mark => answer.Contains(mark, StringComparison.Ordinal))];

    /// <summary>All that the caller learns, without the value that was sent.</summary>
    private static string Text(Outcome outcome, string sent)
    {
        var text = $"{outcome}{(outcome.Answer is null ? "" : JsonFormatter.Default.Format(outcome.Answer))}";
        return sent.Length == 0 ? text : text.Replace(sent, "…", StringComparison.Ordinal);
    }
}
