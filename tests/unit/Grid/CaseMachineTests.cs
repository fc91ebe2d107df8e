using System.Text.RegularExpressions;
using Jiceng.Cli;
using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Grid;

public sealed partial class CaseMachineTests
{
    /// <summary>The moves of the diagram in docs/architecture.md.</summary>
    private static readonly Dictionary<(CaseState, CaseVerb), CaseState> Picture = Arrow()
        .Matches(File.ReadAllText(Path.Combine(Workspace.Find(null).Root, "docs/architecture.md")))
        .ToDictionary(arrow => (State(arrow.Groups["from"].Value), Verb(arrow.Groups["verb"].Value)), arrow => State(arrow.Groups["to"].Value));

    public static TheoryData<int, int> EveryMove()
    {
        var moves = new TheoryData<int, int>();
        foreach (var state in Enum.GetValues<CaseState>())
        {
            foreach (var verb in Enum.GetValues<CaseVerb>())
                moves.Add((int)state, (int)verb);
        }

        return moves;
    }

    [Theory]
    [MemberData(nameof(EveryMove))]
    public void Next_EveryStateAndVerb_IsThePicture(int stateNumber, int verbNumber)
    {
        var (state, verb) = ((CaseState)stateNumber, (CaseVerb)verbNumber);
        if (Picture.TryGetValue((state, verb), out var next))
        {
            CaseMachine.Next(state, verb).ShouldBe(next);
            return;
        }

        var refused = Should.Throw<ApiException>(() => CaseMachine.Next(state, verb));
        refused.Reason.Reason.ShouldBe("CASE_MOVE_FORBIDDEN");
        refused.Reason.Kind.ShouldBe(ErrorKind.Precondition);
        refused.Metadata["state"].ShouldBe(state.ToString().ToUpperInvariant());
        refused.Metadata["verb"].ShouldBe(verb.ToString().ToLowerInvariant());
        var allowed = Picture.Keys.Where(move => move.Item1 == state).Select(move => move.Item2.ToString().ToLowerInvariant()).Order(StringComparer.Ordinal).ToList();
        refused.Metadata["allowed"].ShouldBe(allowed.Count == 0 ? "none" : string.Join(", ", allowed));
        refused.Message.ShouldContain(refused.Metadata["allowed"]);
    }

    private static CaseState State(string name) => Enum.Parse<CaseState>(name, ignoreCase: true);

    private static CaseVerb Verb(string label) => label switch
    {
        "verify, passed" => CaseVerb.Pass,
        "verify, failed" => CaseVerb.Fail,
        _ => Enum.Parse<CaseVerb>(label, ignoreCase: true),
    };

    [GeneratedRegex(@"^  (?<from>[A-Z]+) --> (?<to>[A-Z]+): (?<verb>[a-z]+(, [a-z]+)?)", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
