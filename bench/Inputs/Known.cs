using Jiceng.Scoring.V1;

namespace Jiceng.Bench.Inputs;

/// <summary>
/// What exists, so that an input is valid but for what is wrong with it on purpose. Values stand under the most special name that fits:
/// "AcceptCase.case_id", "Person.sex", "case_id".
/// </summary>
internal sealed record Known(IReadOnlyDictionary<string, string[]> Values, DateTimeOffset Now, Scheme Scheme)
{
    public string[]? Find(string method, string message, string field) =>
        Values.TryGetValue($"{method}.{field}", out var values) || Values.TryGetValue($"{message}.{field}", out values) || Values.TryGetValue(field, out values) ? values : null;
}
