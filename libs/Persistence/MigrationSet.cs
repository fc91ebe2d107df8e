using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Jiceng.Persistence;

/// <summary>The SQL files that an assembly embeds from its folder <c>migrations</c>, named <c>0001_what.sql</c>.</summary>
public sealed partial class MigrationSet
{
    private MigrationSet(string name, int order, ImmutableArray<Migration> migrations) =>
        (Name, Order, Migrations) = (name, order, migrations);

    /// <summary>Name under which applied files are recorded: persistence, messaging, or the service's.</summary>
    public string Name { get; }

    internal int Order { get; }

    internal ImmutableArray<Migration> Migrations { get; }

    /// <summary>Reads the files of an assembly.</summary>
    /// <param name="name">Name of the set.</param>
    /// <param name="assembly">Assembly with <c>&lt;EmbeddedResource Include="migrations/*.sql" /&gt;</c>.</param>
    /// <param name="order">Sets with a lower number go first: 0 and 1 are taken by the libraries.</param>
    /// <exception cref="InvalidOperationException">A name has no version, two files have the same, or a number is left out.</exception>
    public static MigrationSet From(string name, Assembly assembly, int order)
    {
        var found = assembly.GetManifestResourceNames()
            .Where(resource => resource.EndsWith(".sql", StringComparison.Ordinal) && resource.Contains(".migrations.", StringComparison.Ordinal))
            .Select(resource => Read(assembly, resource));
        return From(name, found, order);
    }

    internal static MigrationSet From(string name, IEnumerable<Migration> found, int order)
    {
        var migrations = found.OrderBy(migration => migration.Version).ToImmutableArray();
        for (var i = 0; i < migrations.Length; i++)
        {
            if (migrations[i].Version != i + 1)
                throw new InvalidOperationException(
                    $"Migrations of {name}: {migrations[i].Name} stands where number {i + 1:D4} has to; numbers go up by one from 0001.");
        }

        return new MigrationSet(name, order, migrations);
    }

    private static Migration Read(Assembly assembly, string resource)
    {
        var match = FileName().Match(resource);
        if (!match.Success) throw new InvalidOperationException($"Migration {resource} has to be named like 0001_what.sql.");
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return new Migration(int.Parse(match.Groups["version"].ValueSpan, CultureInfo.InvariantCulture), match.Groups["name"].Value, reader.ReadToEnd());
    }

    [GeneratedRegex(@"\.migrations\.(?<name>(?<version>[0-9]{4})_[a-z0-9_]+)\.sql$")]
    private static partial Regex FileName();
}

internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>SHA-256 of the text; line ends do not count.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}
