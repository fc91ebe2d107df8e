using Jiceng.Cli.Running;

namespace Jiceng.Cli.Commands;

/// <summary>What is shown when everything is up: the sample on first start, addresses, a token, what to try.</summary>
internal static class Welcome
{
    public static async Task ShowAsync(CommandContext context, Installation installation, bool demo, CancellationToken cancellationToken)
    {
        var screen = context.Screen;
        await Task.CompletedTask;
        var holder = new TokenHolder("developer", "开发者", ["county_organizer", "operator"], ["140224"]);
        screen.Line("");
        screen.Good("Everything is up. Ctrl-C, or ./jiceng down, stops it.");
        screen.Line($"  gateway, gRPC           {installation.GatewayAddress}");
        screen.Line($"  gateway, TLS            {installation.GatewayTlsAddress}   (certificate: {installation.Secrets.CertificateFile})");
        foreach (var app in installation.Apps)
            screen.Line($"  {app.Name,-10} health      {app.Settings["Endpoints__Http"]}/readyz");
        screen.Line($"  logs                    {installation.Workspace.Logs}");
        screen.Line("");
        screen.Line("A development token, for a day (others: ./jiceng token --help):");
        screen.Line($"  {installation.Token(holder, TimeSpan.FromDays(1))}");
        cancellationToken.ThrowIfCancellationRequested();
        _ = demo;
    }
}
