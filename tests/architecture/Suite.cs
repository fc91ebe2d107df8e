using System.Reflection;

namespace Jiceng.ArchitectureTests;

/// <summary>The compiled libraries and services.</summary>
internal static class Suite
{
    private static readonly string[] Names =
        ["Domain", "Contracts", "Hosting", "Persistence", "Rpc", "Messaging", "Webhooks", "Cadre", "Grid", "Scoring", "Gateway"];

    /// <summary>All but Contracts, whose code is generated.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
        [.. Names.Where(name => name != "Contracts").Select(name => Assembly.Load($"Jiceng.{name}"))];
}
