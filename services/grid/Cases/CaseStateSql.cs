using Jiceng.Grid.Cases.Domain;

namespace Jiceng.Grid.Cases;

/// <summary>
/// Conditions on the column <c>state</c>, made of the enum. They are constants of the statement and not parameters, because PostgreSQL uses
/// a partial index only where it can prove its predicate; a test compares the predicates with these.
/// </summary>
internal static class CaseStateSql
{
    public static readonly string Reported = $"= {(int)CaseState.Reported}";

    public static readonly string ToHandle = In(CaseStates.IsToHandle);

    public static readonly string ToClose = In(CaseStates.IsToClose);

    public static readonly string WithDeadline = In(CaseStates.HasDeadline);

    private static string In(Func<CaseState, bool> condition) =>
        $"IN ({string.Join(", ", Enum.GetValues<CaseState>().Where(condition).Select(state => (int)state))})";
}
