using System.CommandLine;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Import;
using Jiceng.Grid.V1;

namespace Jiceng.Cli.Commands;

internal static class ImportCommand
{
    private const int ShownRefusals = 20;

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "CSV file with the columns code and name" };
        var node = new Option<string?>("--node") { Description = "Only this place and the places below it; other lines are skipped", HelpName = "code" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only check, import nothing" };
        var allOrNothing = new Option<bool>("--all-or-nothing") { Description = "Import nothing if a line is rejected; by default, the valid lines are imported" };
        return context.Command("import",
            """
            Imports places (grid nodes) from a CSV file into the running suite.

              ./jiceng import data/divisions-361027-jinxi.csv --node 361027
              ./jiceng import places.csv --dry-run
              ./jiceng import places.csv --all-or-nothing

            Prints the number of every rejected line, with the correct form.

            Exit codes: 0 all lines are imported, 1 some were rejected or the suite is not up, 2 wrong usage.
            """,
            async (parsed, token) =>
            {
                var places = PlaceFile.Read(parsed.GetValue(file)!);
                var top = parsed.GetValue(node) ?? "";
                var rows = places.Rows.Where(r => r.Code.StartsWith(top, StringComparison.Ordinal)).ToList();
                var options = new ImportNodesOptions { DryRun = parsed.GetValue(dryRun), AllOrNothing = parsed.GetValue(allOrNothing) };
                // A line that cannot be read is refused as well, and then nothing may be written.
                if (options.AllOrNothing && places.Broken.Count > 0) options.DryRun = true;

                using var gateway = new Gateway(context.Running(parsed));
                var scope = rows.Select(r => r.Code.Length >= 6 ? r.Code[..6] : r.Code).Where(c => c.Length == 6 && c.All(char.IsAsciiDigit)).Distinct().ToArray();
                var answer = await context.Screen.StepAsync($"Importing {rows.Count} places", report =>
                    NodeImport.SendAsync(gateway, gateway.As("county_organizer", scope), rows, options, report, token));
                return Report(context.Screen, places, rows.Count, options, answer);
            },
            file, node, dryRun, allOrNothing);
    }

    private static int Report(Screen screen, PlaceFile places, int rowCount, ImportNodesOptions options, ImportNodesResponse answer)
    {
        var left = places.Rows.Count - rowCount;
        if (left > 0) screen.Line($"  {left} lines of other places skipped");
        foreach (var (line, fault) in places.Broken) screen.Bad($"line {line}: {fault}");
        foreach (var row in answer.RefusedRows.Take(ShownRefusals)) screen.Bad($"line {row.Line}, code \"{row.Code}\": {row.Message} [{row.Reason}]");
        if (answer.RefusedCount > ShownRefusals) screen.Line($"  … and {answer.RefusedCount - ShownRefusals} more");

        var refused = answer.RefusedCount + places.Broken.Count;
        var verb = answer.Imported ? "" : options.DryRun ? "would be " : "not imported: ";
        screen.Line($"  {verb}{answer.CreatedCount} new, {answer.UpdatedCount} renamed, {answer.UnchangedCount} unchanged; {refused} refused");
        return refused == 0 ? Exit.Done : Exit.Failed;
    }
}
