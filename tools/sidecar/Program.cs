using Jiceng.Sidecar;
using Jiceng.Sidecar.Api;
using Jiceng.Sidecar.Launch;
using Jiceng.Sidecar.Resources;

if (args is ["--version"] or ["-version"])
{
    await Console.Out.WriteLineAsync(SidecarVersion.Text);
    return 0;
}

try
{
    var apps = args switch
    {
        ["--apps-file", var file] => AppsFile.Read(file, Environment.GetEnvironmentVariable),
        [var one] when one.StartsWith("--apps-file=", StringComparison.Ordinal) => AppsFile.Read(one["--apps-file=".Length..], Environment.GetEnvironmentVariable),
        _ => [Flags.Parse(args).ToSettings(Environment.GetEnvironmentVariable)],
    };
    return await SidecarProcess.RunAsync(apps);
}
catch (ConfigurationException e)
{
    await Console.Error.WriteLineAsync($"jiceng-sidecar: {e.Message}");
    return 1;
}
