using Jiceng.Domain;

namespace Jiceng.Grid.Nodes.Domain;

/// <summary>A grid node (网格).</summary>
internal sealed record Node(
    PlaceCode Code, string Name, Guid? HeadPersonId, long Version, DateTimeOffset CreateTime, DateTimeOffset UpdateTime)
{
    public const int NameLimit = 100;

    /// <summary>The node with another name.</summary>
    public Node Rename(string name, DateTimeOffset now) => this with { Name = CheckName(name), Version = Version + 1, UpdateTime = now };

    /// <summary>The node with another head, or none.</summary>
    public Node WithHead(Guid? personId, DateTimeOffset now) => this with { HeadPersonId = personId, Version = Version + 1, UpdateTime = now };

    /// <exception cref="ApiException">NODE_NAME_INVALID.</exception>
    public static string CheckName(string name) => string.IsNullOrWhiteSpace(name) || name.Length > NameLimit || name.Contains('\0')
        ? throw GridErrors.NodeNameInvalid.With(("length", $"{name.Length}")).At("name", "1 to 100 characters")
        : name;

    /// <exception cref="ApiException">NODE_LEVEL_INVALID: provinces and cities are no grid nodes.</exception>
    public static PlaceCode CheckLevel(PlaceCode code) => code.Level >= PlaceLevel.County
        ? code
        : throw GridErrors.NodeLevelInvalid.With(("code", code.Value), ("digits", $"{code.Value.Length}")).At("code", "6, 9, 12 or 15 digits");
}
