using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;

namespace Jiceng.UnitTests.Hosting;

/// <summary>Builds services on free ports that log nothing to the console.</summary>
internal static class HostRun
{
    public static WebApplicationBuilder Builder(TestTokens tokens, params (string Key, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>(tokens.Settings)
        {
            ["Endpoints:Grpc"] = "http://127.0.0.1:0",
            ["Endpoints:Http"] = "http://127.0.0.1:0",
            ["Logging:Console:LogLevel:Default"] = "None",
        };
        foreach (var (key, value) in settings) all[key] = value;
        return ServiceHost.CreateBuilder([.. all.Where(setting => setting.Value is not null).Select(setting => $"--{setting.Key}={setting.Value}")], "test");
    }
}
