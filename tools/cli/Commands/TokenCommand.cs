using System.CommandLine;
using System.Globalization;
using Jiceng.Cli.Running;
using Jiceng.Domain;

namespace Jiceng.Cli.Commands;

internal static class TokenCommand
{
    public static Command Create(CommandContext context)
    {
        var role = new Option<string[]>("--role", "-r") { Description = "Role, can be repeated: county_organizer, township_committee, village_secretary, grid_worker, department, auditor, government_system, service, operator", Required = true, HelpName = "role" };
        var place = new Option<string[]>("--place", "-p") { Description = "Code of a place in scope, including everything below it; can be repeated", HelpName = "code" };
        var subject = new Option<string>("--subject", "-s") { Description = "Id of the person, or name of the calling system", DefaultValueFactory = _ => "developer", HelpName = "id" };
        var name = new Option<string>("--name") { Description = "Display name", DefaultValueFactory = _ => "", HelpName = "text" };
        var lifetime = new Option<string>("--lifetime") { Description = "Lifetime of the token: 30m, 8h, 7d", DefaultValueFactory = _ => "8h", HelpName = "time" };
        return context.Command("token",
            """
            Prints a development token, signed with this installation's key. Production uses tokens of an OIDC issuer instead.

              ./jiceng token --role county_organizer --place 140224
              ./jiceng token --role grid_worker --place 140224205201001 --subject 01930000-0000-7000-8000-000000000001 --lifetime 1h
              grpcurl -H "authorization: Bearer $(./jiceng token -r auditor -p 140224)" …

            Exit codes: 0 printed, 2 wrong usage.
            """,
            (parsed, _) =>
            {
                var places = parsed.GetValue(place) ?? [];
                foreach (var code in places)
                {
                    if (!PlaceCode.TryParse(code, out var _))
                        throw new CliException($"--place is \"{code}\"; a place code has 2, 4, 6, 9, 12 or 15 digits.", Exit.Usage);
                }

                var who = parsed.GetValue(subject)!;
                var shown = parsed.GetValue(name) is { Length: > 0 } given ? given : who;
                var holder = new TokenHolder(who, shown, parsed.GetValue(role)!, places);
                // The only output on standard output, so that $(./jiceng token …) is the token.
                Console.WriteLine(context.Installation(parsed).Token(holder, Lifetime(parsed.GetValue(lifetime)!)));
                return Task.FromResult(Exit.Done);
            },
            role, place, subject, name, lifetime);
    }

    internal static TimeSpan Lifetime(string text)
    {
        if (text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            TimeSpan? unit = text[^1] switch { 'm' => TimeSpan.FromMinutes(1), 'h' => TimeSpan.FromHours(1), 'd' => TimeSpan.FromDays(1), _ => null };
            if (unit is { } one && number * one <= TimeSpan.FromDays(366)) return number * one;
        }

        throw new CliException($"--lifetime is \"{text}\"; expected a number with m, h or d, at most 366d, for example 8h.", Exit.Usage);
    }
}
