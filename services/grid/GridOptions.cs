namespace Jiceng.Grid;

/// <summary>The section <c>Grid</c> of the settings.</summary>
internal sealed class GridOptions
{
    /// <summary>Folder of the catalogues; those that come with the program when not set.</summary>
    public string CatalogueFolder { get; set; } = Path.Combine(AppContext.BaseDirectory, "catalogues");

    /// <summary>How long after closing a case can be opened again.</summary>
    public TimeSpan ReopenWindow { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long after closing the contact of a case is kept.</summary>
    public TimeSpan ContactRetention { get; set; } = TimeSpan.FromDays(180);

    /// <summary>How often deadlines and heads are looked after.</summary>
    public TimeSpan ScanInterval { get; set; } = TimeSpan.FromMinutes(1);
}
