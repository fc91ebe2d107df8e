using System.Globalization;

namespace Jiceng.Cli;

/// <summary>Where things are: the checkout, and the folder that one local installation keeps everything in.</summary>
internal sealed class Workspace(string root, string data)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Root { get; } = root;

    public string Data { get; } = data;

    public string Keys => Path.Combine(Data, "keys");

    public string Logs => Path.Combine(Data, "log");

    public string Records => Path.Combine(Data, "run");

    public string DaprFile => Path.Combine(Root, "deploy", "local", "dapr.yaml");

    /// <summary>What belongs to the checkout and not to one installation: tools fetched, answers remembered.</summary>
    public string Shared => Path.Combine(Root, ".local");

    public static Workspace Find(string? data)
    {
        var root = Environment.GetEnvironmentVariable("JICENG_ROOT") ?? Above(AppContext.BaseDirectory);
        data ??= Environment.GetEnvironmentVariable("JICENG_DATA");
        return new Workspace(root, Path.GetFullPath(string.IsNullOrEmpty(data) ? Path.Combine(root, ".local") : data));
    }

    /// <summary>Makes the folders; only their owner may look into the one with the keys.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(Data);
        Directory.CreateDirectory(Keys, OwnerOnly | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Logs);
        Directory.CreateDirectory(Records);
    }

    public string Log(string name) => Path.Combine(Logs, string.Create(CultureInfo.InvariantCulture, $"{name}.log"));

    public static void WriteSecret(string path, string text)
    {
        // Created with the right mode: there is no moment in which another user can read it.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }

    private static string Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Jiceng.slnx"))) return at.FullName;
        }

        throw new CliException("Run ./jiceng in a checkout: no parent folder contains Jiceng.slnx.", Exit.Environment);
    }
}
