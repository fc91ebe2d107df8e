using Jiceng.Domain;

namespace Jiceng.Grid.Nodes.Domain;

/// <summary>A row of an import (导入行).</summary>
internal sealed record ImportRow(int Line, string Code, string Name);

/// <summary>A row that was refused, and why.</summary>
internal sealed record RefusedRow(ImportRow Row, ApiException Refusal);

/// <summary>A row that is good, before it is known whether its node exists.</summary>
internal sealed record GoodRow(int Line, PlaceCode Code, string Name);

/// <summary>Validates the rows of an import: each by itself, then against the others and what exists.</summary>
internal sealed class NodeImport(PlaceScope scope)
{
    private readonly Dictionary<PlaceCode, GoodRow> _good = [];
    private readonly List<RefusedRow> _refused = [];

    public int RowCount => _good.Count + _refused.Count;

    public void Add(ImportRow row)
    {
        try
        {
            var code = Node.CheckLevel(PlaceCode.Parse(row.Code));
            if (!scope.Contains(code))
                throw CommonErrors.OutOfScope.With(("field", "code"));
            var good = new GoodRow(row.Line, code, Node.CheckName(row.Name));
            if (!_good.TryAdd(code, good))
                throw GridErrors.NodeTwice.With(("code", code.Value), ("first_line", $"{_good[code].Line}"));
        }
        catch (ApiException refusal)
        {
            _refused.Add(new RefusedRow(row, refusal));
        }
    }

    /// <summary>The provinces that good rows lie in.</summary>
    public IReadOnlySet<PlaceCode> Provinces() => _good.Keys.Select(code => code.At(PlaceLevel.Province)).ToHashSet();

    /// <summary>Parents that have to exist, because they do not come in this import, in the order of their codes.</summary>
    public IReadOnlyList<PlaceCode> ParentsToFind() =>
        [.. _good.Keys.Where(code => code.Level > PlaceLevel.County).Select(code => code.Parent!.Value).Where(parent => !_good.ContainsKey(parent)).Distinct().Order()];

    /// <summary>
    /// The good rows in the order of their codes, so that parents come first, and all refused rows in the order of their lines:
    /// those refused by themselves and those whose parent is missing.
    /// </summary>
    /// <param name="existing">Those of <see cref="ParentsToFind"/> that exist.</param>
    public (IReadOnlyList<GoodRow> Good, IReadOnlyList<RefusedRow> Refused) Settle(IReadOnlySet<PlaceCode> existing)
    {
        var (good, settled, refused) = (new List<GoodRow>(_good.Count), new HashSet<PlaceCode>(_good.Count), new List<RefusedRow>(_refused));
        foreach (var row in _good.Values.OrderBy(row => row.Code))
        {
            // In ordinal order a parent is settled or refused before its children come.
            if (row.Code.Level > PlaceLevel.County && row.Code.Parent is { } parent && !settled.Contains(parent) && !existing.Contains(parent))
            {
                refused.Add(new RefusedRow(
                    new ImportRow(row.Line, row.Code.Value, row.Name), GridErrors.NodeParentMissing.With(("code", row.Code.Value), ("parent", parent.Value))));
                continue;
            }

            settled.Add(row.Code);
            good.Add(row);
        }

        return (good, [.. refused.OrderBy(row => row.Row.Line)]);
    }
}
