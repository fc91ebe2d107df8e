using Jiceng.Cli.Clients;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Running;

namespace Jiceng.Cli.Commands;

/// <summary>Shown when everything is up: the sample on the first start, then addresses, a token and suggestions.</summary>
internal static class Welcome
{
    public static async Task ShowAsync(CommandContext context, Installation installation, bool demo, CancellationToken cancellationToken)
    {
        var (screen, workspace) = (context.Screen, installation.Workspace);
        if (demo)
        {
            using var gateway = new Gateway(installation);
            if (!await new CountySetup(gateway, workspace.Root).IsLoadedAsync(cancellationToken))
                await DemoCommand.DayAsync(screen, gateway, workspace.Root, cancellationToken);
        }

        var holder = new TokenHolder("developer", "开发者", ["county_organizer", "operator"], [SampleCounty.Code]);
        screen.Line("");
        // Every command below must target this installation.
        var data = workspace.Data == workspace.Shared ? "" : $" --data {workspace.Data}";
        screen.Good($"Everything is up. Ctrl-C, or ./jiceng down{data}, stops it.");
        screen.Line($"  gateway, gRPC      {installation.GatewayAddress}");
        screen.Line($"  gateway, TLS       {installation.GatewayTlsAddress}   (certificate {installation.Secrets.CertificateFile})");
        foreach (var app in installation.Apps)
            screen.Line($"  {app.Name,-10} ready  {app.Settings["Endpoints__Http"]}/readyz");
        screen.Line($"  logs               {workspace.Logs}");
        screen.Line("");
        screen.Line("A development token, valid for one day (see ./jiceng token --help for others):");
        screen.Line($"  {installation.Token(holder, TimeSpan.FromDays(1))}");
        screen.Line("");
        screen.Line("Three things to try:");
        screen.Line($"  ./jiceng demo shangan{data}");
        screen.Line($"  ./jiceng import data/divisions-361027-jinxi.csv --node 361027{data}");
        screen.Line($"  ./jiceng logs grid -f{data}");
    }
}
