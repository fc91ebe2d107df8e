using System.Text.Json;
using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Running;

/// <summary>The runner of an installation: its process, and whether everything is up.</summary>
internal sealed record RunnerState(ProcessIdentity Process, int BasePort, bool Ready, DateTimeOffset StartTime)
{
    /// <summary>The active runner of this installation, or null.</summary>
    public static RunnerState? Find(Workspace workspace)
    {
        try
        {
            var state = JsonSerializer.Deserialize<RunnerState>(File.ReadAllText(FileOf(workspace)));
            return state is not null && state.Process.Alive ? state : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    public void Save(Workspace workspace)
    {
        var file = FileOf(workspace);
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(this));
        File.Move(file + ".new", file, overwrite: true);
    }

    public static void Delete(Workspace workspace) => File.Delete(FileOf(workspace));

    private static string FileOf(Workspace workspace) => Path.Combine(workspace.Records, "runner.json");
}
