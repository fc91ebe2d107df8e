using Jiceng.Scoring.V1;

namespace Jiceng.Bench.Inputs;

/// <summary>
/// Existing values that make an input valid except for its deliberate defect. The most specific name wins: "AcceptCase.case_id",
/// "Person.sex", "case_id".
/// </summary>
internal sealed record KnownValues(IReadOnlyDictionary<string, string[]> Values, DateTimeOffset Now, Scheme Scheme)
{
    public string[]? Find(string method, string message, string field) =>
        Values.TryGetValue($"{method}.{field}", out var values) || Values.TryGetValue($"{message}.{field}", out values) || Values.TryGetValue(field, out values) ? values : null;
}
