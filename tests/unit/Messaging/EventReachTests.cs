using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.Nodes;
using Jiceng.Grid.Nodes.Domain;
using Jiceng.Messaging;
using Jiceng.Rpc;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Messaging;

public sealed class EventReachTests
{
    private const string Closed = "jiceng.grid.case.closed.v1";
    private const string Duty = "jiceng.grid.duty.changed.v1";
    private static readonly string[] Codes = ["14", "140224", "140224001", "140224001201", "140224001201001", "140224002", "140225"];
    private static readonly EventReaches Grid = Reaches("grid");

    private static readonly Gen<Caller> Callers =
        from roles in Gen.SubListOf<string>([.. Roles.Table.Keys.Order(StringComparer.Ordinal), "emperor"])
        from places in Gen.SubListOf(Codes)
        select new Caller("somebody", "", [.. roles], PlaceScope.Of(places.Select(code => PlaceCode.Parse(code))));

    private static readonly Gen<IReadOnlyList<string>> Wanted =
        Gen.SubListOf(EventTypes.Of("grid").Select(type => type.Name).Append("jiceng.grid.case.new.v1")).Select(types => (IReadOnlyList<string>)[.. types]);

    private static readonly Gen<Envelope> Events =
        from type in Gen.Elements(EventTypes.Of("grid").Select(type => type.Name).Append("jiceng.grid.case.new.v1").ToArray())
        from place in Gen.Elements(Codes.Append("").ToArray())
        select Happened(type, place);

    [Fact]
    public void Redact_Whatever_IsWhatTheRolesGrantInTheScopeAndWasAskedFor() => Prop.ForAll(
        (from caller in Callers from wanted in Wanted from place in Gen.Elements(Codes.Append("").ToArray()) from happened in Events select (caller, wanted, place, happened))
            .ToArbitrary(),
        sample =>
        {
            var (caller, wanted, place, happened) = sample;
            var told = Grid.Of(caller, wanted, place).Redact(happened);
            var asked = (wanted.Count == 0 || wanted.Contains(happened.Type))
                && (place.Length == 0 || (happened.Place is { } at && PlaceCode.Parse(place).Contains(at)));
            var granted = caller.Roles.Contains(Roles.Service)
                || (EventTypes.Of("grid").FirstOrDefault(type => type.Name == happened.Type) is { } known && caller.May(known.Permission)
                    && happened.Place is { } reached && caller.Scope.Contains(reached));
            (told == happened).ShouldBe(asked && granted);
            (told is null).ShouldBe(!asked || !granted);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Types_Whatever_HoldEveryTypeThatIsTold() => Prop.ForAll(
        (from caller in Callers from wanted in Wanted from happened in Events select (caller, wanted, happened)).ToArbitrary(),
        sample =>
        {
            var reach = Grid.Of(sample.caller, sample.wanted);
            if (reach.Redact(sample.happened) is not null) (reach.Types?.Contains(sample.happened.Type) ?? true).ShouldBeTrue();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Redact_EventOfSeveralPlaces_IsItsPartInTheScopeAndThePlaceAskedFor()
    {
        var reaches = Reaches("grid", services => services.RedactEvent<NodesImported>(NodeWriter.Intersect));
        var imported = Happened("jiceng.grid.node.imported.v1", "140224") with
        {
            DataJson = """{"nodes":[{"code":"140224001201001"},{"code":"140224001202001"},{"code":"140224002201001"}]}""",
        };

        Told("140224001", "").ShouldBe(["140224001201001", "140224001202001"]);
        Told("140224001", "140224001202").ShouldBe(["140224001202001"]);
        Told("140224", "140224002").ShouldBe(["140224002201001"]);
        Told("140224003", "").ShouldBeEmpty();
        Told("140224001", "140224002").ShouldBeEmpty();

        IEnumerable<string> Told(string scope, string place) =>
            reaches.Of(Caller("government_system", scope), [], place).Redact(imported) is { } part ? NodesImported.Parser.ParseJson(part.DataJson).Nodes.Select(node => node.Code) : [];
    }

    [Fact]
    public void Check_UnknownType_NamesThoseThatThereAre()
    {
        var refused = Should.Throw<ApiException>(() => Grid.Check(Caller("government_system"), [Closed, "jiceng.grid.case.new.v1"]));
        refused.Reason.ShouldBe(MessagingErrors.EventTypeUnknown);
        refused.Message.ShouldContain("jiceng.grid.case.new.v1");
        foreach (var type in EventTypes.Of("grid")) refused.Message.ShouldContain(type.Name);
    }

    [Fact]
    public void Check_TypeThatNoRoleGrants_NamesThePermission()
    {
        var refused = Should.Throw<ApiException>(() => Grid.Check(Caller("operator"), [Duty]));
        refused.Reason.ShouldBe(MessagingErrors.EventTypeDenied);
        refused.Metadata["permission"].ShouldBe("NodeRead");
    }

    [Fact]
    public void Check_GrantedTypes_Passes() => Grid.Check(Caller("government_system"), [Closed, Duty]);

    [Fact]
    public void Check_ServiceOfTheSuite_MayKnowTypesOfALaterRelease() => Grid.Check(Caller("service"), ["jiceng.grid.case.new.v1"]);

    [Fact]
    public void Of_MisspeltPlace_IsRefused() =>
        Should.Throw<ApiException>(() => Grid.Of(Caller("service"), [], "x")).Reason.ShouldBe(CommonErrors.PlaceCodeInvalid);

    private static EventReaches Reaches(string service, Action<IServiceCollection>? register = null)
    {
        var services = new ServiceCollection();
        register?.Invoke(services);
        return new EventReaches(new ServiceName(service), new EventRedactors(services.BuildServiceProvider().GetServices<EventRedactor>()));
    }

    private static Caller Caller(string role, params string[] places) =>
        new("somebody", "", ImmutableArray.Create(role), PlaceScope.Of(places.Select(code => PlaceCode.Parse(code))));

    private static Envelope Happened(string type, string place) => new()
    {
        Id = Guid.Empty,
        Topic = "jiceng.grid.case.v1",
        Type = type,
        Source = "jiceng/grid",
        Subject = "subject",
        Place = place.Length == 0 ? null : PlaceCode.Parse(place),
        Sequence = 1,
        Time = default,
        DataJson = "{}",
    };
}
