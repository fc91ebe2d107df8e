using System.Text.Json;

namespace Jiceng.Cli.Running;

/// <summary>What a local installation remembers between commands.</summary>
internal sealed record Settings(int BasePort)
{
    public const int DefaultBasePort = 6000;

    // The highest port is the base plus 443.
    private const int MaxBasePort = 65_000;

    public static Settings Load(Workspace workspace, int? basePort)
    {
        var file = FileOf(workspace);
        var known = File.Exists(file) ? JsonSerializer.Deserialize<Settings>(File.ReadAllText(file)) : null;
        var settings = new Settings(basePort ?? known?.BasePort ?? DefaultBasePort);
        if (settings.BasePort is < 1024 or > MaxBasePort)
            throw new CliException($"--base-port is {settings.BasePort}; it must be between 1024 and {MaxBasePort}.", Exit.Usage);
        return settings;
    }

    public void Save(Workspace workspace) => File.WriteAllText(FileOf(workspace), JsonSerializer.Serialize(this));

    private static string FileOf(Workspace workspace) => Path.Combine(workspace.Data, "settings.json");
}
