using System.CommandLine;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Running;
using Jiceng.Common.V1;
using Jiceng.Domain;

namespace Jiceng.Cli.Commands;

internal static class ReplayCommand
{
    public static Command Create(CommandContext context)
    {
        var service = new Argument<string>("service") { Description = "Service to replay: cadre, grid, scoring" };
        service.AcceptOnlyFromAmong(Installation.Services);
        var from = new Option<string?>("--from") { Description = "Changes since this day or time (default: one day ago)", HelpName = "time" };
        var type = new Option<string[]>("--type") { Description = "Only events of this type; can be repeated", HelpName = "type" };
        var deadLetters = new Option<bool>("--dead-letters") { Description = "Instead, handle the dead letters of this service again" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count" };
        return context.Command("replay",
            """
            Publishes the events of a service again, or handles its dead letters again. Nothing counts twice: consumers ignore events that they have.

              ./jiceng replay grid --from 2026-11-01 --type jiceng.grid.case.closed.v1
              ./jiceng replay scoring --dead-letters
              ./jiceng replay grid --dry-run

            Exit codes: 0 done, 1 a dead letter failed again or the suite is not up, 2 wrong usage.
            """,
            async (parsed, token) =>
            {
                using var gateway = new Gateway(context.Running(parsed));
                var name = parsed.GetValue(service)!;
                var options = gateway.As("operator", []).Options(token, name);
                var dry = parsed.GetValue(dryRun);
                if (parsed.GetValue(deadLetters))
                {
                    var letters = await context.Screen.StepAsync($"Handling the dead letters of {name} again", async _ => await gateway.Messaging.ReplayDeadLettersAsync(
                        new ReplayDeadLettersRequest { DryRun = dry, RequestId = gateway.RequestId() }, options));
                    context.Screen.Line($"  {letters.ReplayedCount} {(dry ? "would be tried" : "handled")}, {letters.FailedCount} failed again");
                    return letters.FailedCount == 0 ? Exit.Done : Exit.Failed;
                }

                var request = new ReplayEventsRequest { StartTime = Timestamp.FromDateTimeOffset(Since(parsed.GetValue(from), context.Time)), DryRun = dry, RequestId = gateway.RequestId() };
                request.Types_.AddRange(parsed.GetValue(type) ?? []);
                var events = await context.Screen.StepAsync($"Publishing events of {name} again", async _ => await gateway.Messaging.ReplayEventsAsync(request, options));
                context.Screen.Line($"  {events.EventCount} events {(dry ? "would be published" : "queued for publication")}");
                return Exit.Done;
            },
            service, from, type, deadLetters, dryRun);
    }

    /// <summary>Parses a time; a day starts at midnight in China.</summary>
    internal static DateTimeOffset Since(string? text, TimeProvider time)
    {
        if (text is null) return time.GetUtcNow().AddDays(-1);
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return ChinaTime.StartOf(day);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : throw new CliException($"--from is \"{text}\"; expected a day (2026-11-01) or a time (2026-11-01T08:00:00+08:00).", Exit.Usage);
    }
}
