using Google.Protobuf;
using Jiceng.Bench.Inputs;
using Jiceng.Contracts;
using Jiceng.Grid.V1;
using Jiceng.Scoring.V1;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Bench;

public sealed class InputGeneratorTests
{
    private static readonly KnownValues KnownValues = new(
        new Dictionary<string, string[]> { ["case_id"] = ["01980000-0000-7000-8000-000000000001"], ["node_code"] = ["140224205201001"] },
        new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), new Scheme { Name = "办法" });

    private static readonly List<BadInput> Many = [.. Enumerable.Range(0, 3_000).Select(number => InputGenerator.Make(1, number, KnownValues))];

    [Fact]
    public void Make_SameSeed_SameInputs()
    {
        for (var number = 0; number < 300; number++)
        {
            var (one, other) = (InputGenerator.Make(7, number, KnownValues), InputGenerator.Make(7, number, KnownValues));
            other.Body.SequenceEqual(one.Body).ShouldBeTrue($"input {number}");
            (other.Path, other.Service, other.Caller, other.Direct, other.What, other.Kind).ShouldBe((one.Path, one.Service, one.Caller, one.Direct, one.What, one.Kind));
            other.Headers.ShouldBe(one.Headers);
        }
    }

    [Fact]
    public void Make_OtherSeed_OtherInputs() =>
        Enumerable.Range(0, 300).Count(number => InputGenerator.Make(7, number, KnownValues).Body.SequenceEqual(InputGenerator.Make(8, number, KnownValues).Body)).ShouldBeLessThan(20);

    [Fact]
    public void Make_ManyNumbers_CoversEveryMethodAndKind()
    {
        Many.Select(input => input.Method.FullName).Distinct().Count().ShouldBe(ContractFiles.Services.Sum(service => service.Methods.Count));
        Many.Select(input => input.Kind).Distinct().Count().ShouldBe(Enum.GetValues<InputKind>().Length);
        Many.Select(input => input.Caller).Distinct().Count().ShouldBe(InputGenerator.Callers.Length);
    }

    [Fact]
    public void Make_NoDefect_UsesKnownValues()
    {
        var plain = Many.Where(input => input is { What: "nothing", Method.Name: "GetCase" }).ToList();
        plain.ShouldNotBeEmpty();
        plain.ConvertAll(input => GetCaseRequest.Parser.ParseFrom(input.Body[5..]).CaseId).ShouldAllBe(id => id == "01980000-0000-7000-8000-000000000001");
    }

    [Fact]
    public void Make_Field_BodyIsTheFramedMessage()
    {
        var fields = Many.Where(input => input is { Kind: InputKind.Field, Sent: not null }).ToList();
        fields.ShouldNotBeEmpty();
        fields.FindAll(input => !input.Body.AsSpan(5).SequenceEqual(input.Sent!.ToByteArray())).ShouldBeEmpty();
    }

    [Fact]
    public void Make_Event_SameSeedSameBytes()
    {
        for (var number = 0; number < 300; number++)
            EventInputs.Make(3, number, KnownValues).Body.SequenceEqual(EventInputs.Make(3, number, KnownValues).Body).ShouldBeTrue($"event {number}");
    }
}
