using Jiceng.Domain;

namespace Jiceng.Scoring.Subjects.Domain;

/// <summary>A grid as grid reports it.</summary>
internal sealed record GridNode(PlaceCode Code, string Name, long Sequence)
{
    /// <summary>The group that every grid of this level belongs to.</summary>
    public string Level => Code.Level switch
    {
        PlaceLevel.County => "county",
        PlaceLevel.Township => "township",
        PlaceLevel.Village => "village",
        PlaceLevel.MicroGrid => "micro_grid",
        _ => "other",
    };
}
