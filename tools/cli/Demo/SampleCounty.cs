using System.Globalization;
using Jiceng.Cli.Import;
using Jiceng.Grid.V1;

namespace Jiceng.Cli.Demo;

/// <summary>Lingqiu county: its real places, extended below the village by generated micro-grids.</summary>
internal static class SampleCounty
{
    public const string Code = "140224";

    /// <summary>As many as the county published for its grid.</summary>
    public const int MicroGridCount = 2_901;

    /// <summary>Every place of the county, parents first.</summary>
    public static IReadOnlyList<NodeRow> Load(string root)
    {
        var places = PlaceFile.Read(Path.Combine(root, "data", "divisions-140224-lingqiu.csv")).Rows
            .Where(r => r.Code.StartsWith(Code, StringComparison.Ordinal)).ToList();
        var villages = places.Where(r => r.Code.Length == 12).OrderBy(r => r.Code, StringComparer.Ordinal).ToList();
        return [.. places, .. MicroGrids(villages, MicroGridCount)];
    }

    /// <summary>Spreads micro-grids evenly over the villages; the first ones take one more where it does not divide.</summary>
    internal static IEnumerable<NodeRow> MicroGrids(IReadOnlyList<NodeRow> villages, int count)
    {
        var (each, more) = Math.DivRem(count, villages.Count);
        for (var i = 0; i < villages.Count; i++)
        {
            for (var number = 1; number <= each + (i < more ? 1 : 0); number++)
            {
                yield return new NodeRow
                {
                    Code = villages[i].Code + number.ToString("000", CultureInfo.InvariantCulture),
                    Name = string.Create(CultureInfo.InvariantCulture, $"{ShortName(villages[i].Name)}第{number}微网格"),
                };
            }
        }
    }

    /// <summary>赵北村村委会 → 赵北村; 沙嘴社区居委会 → 沙嘴社区.</summary>
    internal static string ShortName(string name) =>
        name.EndsWith("村委会", StringComparison.Ordinal) || name.EndsWith("居委会", StringComparison.Ordinal) ? name[..^3] : name;
}
