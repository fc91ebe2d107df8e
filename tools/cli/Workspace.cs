using System.Globalization;

namespace Jiceng.Cli;

/// <summary>Paths: the checkout, and the folder of a local installation.</summary>
internal sealed class Workspace(string root, string data)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Root { get; } = root;

    public string Data { get; } = data;

    public string Keys => Path.Combine(Data, "keys");

    public string Logs => Path.Combine(Data, "log");

    public string Records => Path.Combine(Data, "run");

    public string DaprFile => Path.Combine(Root, "deploy", "local", "dapr.yaml");

    /// <summary>Folder of the checkout rather than of an installation: downloaded tools, remembered answers.</summary>
    public string Shared => Path.Combine(Root, ".local");

    public static Workspace Find(string? data)
    {
        var root = Environment.GetEnvironmentVariable("JICENG_ROOT") ?? FindAbove(AppContext.BaseDirectory);
        data ??= Environment.GetEnvironmentVariable("JICENG_DATA");
        return new Workspace(root, Path.GetFullPath(string.IsNullOrEmpty(data) ? Path.Combine(root, ".local") : data));
    }

    /// <summary>Creates the folders; only the owner can access the one with the keys.</summary>
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
        // Created with the final mode, so that no other user can ever read it.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }

    private static string FindAbove(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Jiceng.slnx"))) return at.FullName;
        }

        throw new CliException("Run ./jiceng in a checkout: no parent folder contains Jiceng.slnx.", Exit.Environment);
    }
}
