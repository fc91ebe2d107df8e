using System.CommandLine;
using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Commands;

internal static class RevokeCommand
{
    public static Command Create(CommandContext context)
    {
        var subject = new Option<string>("--subject", "-s") { Description = "Revoke all tokens of this subject issued up to now", DefaultValueFactory = _ => "", HelpName = "id" };
        var token = new Option<string>("--token") { Description = "Revoke the token with this id (its claim jti)", DefaultValueFactory = _ => "", HelpName = "jti" };
        return context.Command("revoke",
            """
            Revokes all tokens of a subject, or one token.

              ./jiceng revoke --subject 01930000-0000-7000-8000-000000000001
              ./jiceng revoke --token 019302f4-5d5e-7c1a-9a51-0d2f5b3e8a11

            Exit codes: 0 revoked, 1 failed or the suite is not up, 2 wrong usage.
            """,
            async (parsed, cancellationToken) =>
            {
                var (who, one) = (parsed.GetValue(subject)!, parsed.GetValue(token)!);
                if (who.Length == 0 == (one.Length == 0)) throw new CliException("Specify either --subject or --token.", Exit.Usage);
                var installation = context.Running(parsed);
                var gateway = installation.Apps.Single(app => app.Id == "gateway");
                string[] words = who.Length > 0 ? ["revoke", "--subject", who] : ["revoke", "--token", one];
                await Tool.RunRequiredAsync("Revoking", [.. gateway.Command, .. words], gateway.Folder, context.Screen.Line, cancellationToken, installation.SettingsOf(gateway, null));
                return Exit.Done;
            },
            subject, token);
    }
}
