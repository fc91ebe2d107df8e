using System.Diagnostics;
using System.Globalization;

namespace Jiceng.EndToEndTests.Images;

/// <summary>
/// Runs an image like a container: its files with only .NET and the system libraries, read-only, a small /tmp, and an unprivileged account.
/// No shell, time zones or packages, as in a chiseled image.
/// </summary>
internal sealed class Sandbox(ImageArchive image)
{
    // A separate mount namespace disappears with the process, so nothing has to be unmounted.
    private const string Script =
        """
        set -eu
        root=$1 dotnet=$2 key=$3
        shift 3
        mount --bind "$root" "$root"
        show() { mkdir -p "$root$2" && mount --bind "$1" "$root$2" && mount -o remount,ro,bind "$root$2"; }
        for libraries in /lib /lib64 /usr/lib /usr/lib64; do
          if [ -L "$libraries" ]; then ln -sfn "$(readlink "$libraries")" "$root$libraries"; elif [ -d "$libraries" ]; then show "$libraries" "$libraries"; fi
        done
        show "$dotnet" /opt/dotnet
        mkdir -p "$root/proc" "$root/dev" "$root/tmp" "$root/keys"
        mount --rbind /proc "$root/proc"
        for device in null urandom; do touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"; done
        touch "$root/keys/public.pem" && mount --bind "$key" "$root/keys/public.pem"
        mount -t tmpfs -o size=16m,mode=1777 tmpfs "$root/tmp"
        mount -o remount,ro,bind "$root"
        exec setpriv --no-new-privs --inh-caps=-all chroot --userspec=1654:1654 --groups= "$root" "$@"
        """;

    /// <summary>Starts the image's entry point, optionally with a command.</summary>
    public Process Start(IReadOnlyDictionary<string, string> settings, string keyFile, Action<string> line, params string[] command)
    {
        var runtime = new FileInfo(typeof(object).Assembly.Location).Directory!.Parent!.Parent!.Parent!.FullName;
        var start = new ProcessStartInfo("unshare") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] namespaces = System.Environment.IsPrivilegedProcess ? ["--mount"] : ["--user", "--map-auto", "--map-root-user", "--mount"];
        foreach (var word in (string[])[.. namespaces, "sh", "-c", Script, "sandbox", image.Root, runtime, keyFile, "/opt/dotnet/dotnet", .. image.Entrypoint.Skip(1), .. command])
            start.ArgumentList.Add(word);
        // A container inherits no environment except the program path.
        start.Environment.Clear();
        foreach (var (name, value) in image.Environment.Concat(settings)) start.Environment[name] = value;
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, data) => Take(data.Data);
        process.ErrorDataReceived += (_, data) => Take(data.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Take(string? text)
        {
            if (text is not null) line(text);
        }
    }

    /// <summary>The kernel's view of a process: accounts, capabilities and writable paths.</summary>
    public static IReadOnlyDictionary<string, string> StatusOf(Process process) => File.ReadLines(Proc(process, "status"))
        .Select(text => text.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim());

    /// <summary>The mount options of its root.</summary>
    public static string RootMount(Process process) =>
        File.ReadLines(Proc(process, "mountinfo")).Select(text => text.Split(' ')).Last(parts => parts[4] == "/")[5];

    public static IReadOnlyList<string> Temporary(Process process) =>
        [.. Directory.EnumerateFileSystemEntries(Proc(process, "root/tmp"), "*", SearchOption.AllDirectories)];

    private static string Proc(Process process, string what) => string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/{what}");
}
