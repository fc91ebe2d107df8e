using System.Reflection;

namespace Jiceng.Hosting;

/// <summary>Which service this process is.</summary>
/// <param name="Service">Short name: cadre, grid, scoring, gateway.</param>
public sealed record ServiceIdentity(string Service)
{
    /// <summary>The name in telemetry: <c>jiceng-&lt;service&gt;</c>.</summary>
    public string TelemetryName => $"jiceng-{Service}";

    /// <summary>The version of the build, without the commit that may follow it.</summary>
    public static string Version { get; } =
        typeof(ServiceIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
