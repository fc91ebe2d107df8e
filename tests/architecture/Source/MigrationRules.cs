using System.Globalization;
using System.Text.RegularExpressions;

namespace Jiceng.ArchitectureTests.Source;

/// <summary>Migrations are numbered 0001_name.sql, 0002_name.sql … in each folder, so that two branches cannot both add "the next".</summary>
internal static partial class MigrationRules
{
    public static IEnumerable<string> Misnumbered(IEnumerable<string> paths) =>
        from folder in paths.Where(path => path.Contains("/migrations/", StringComparison.Ordinal)).GroupBy(path => path[..path.LastIndexOf('/')])
        from wrong in InFolder(folder.Key, [.. folder.Select(path => path[(path.LastIndexOf('/') + 1)..]).Order(StringComparer.Ordinal)])
        select wrong;

    private static IEnumerable<string> InFolder(string folder, string[] names)
    {
        for (var index = 0; index < names.Length; index++)
        {
            var expected = (index + 1).ToString("0000", CultureInfo.InvariantCulture);
            if (!Name().IsMatch(names[index]) || !names[index].StartsWith(expected, StringComparison.Ordinal))
                yield return $"{folder}/{names[index]}: file {index + 1} of the folder has to be named {expected}_what_it_does.sql.";
        }
    }

    [GeneratedRegex(@"^\d{4}_[a-z0-9_]+\.sql$")]
    private static partial Regex Name();
}
