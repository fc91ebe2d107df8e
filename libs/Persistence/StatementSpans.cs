using System.Diagnostics;
using System.Text.RegularExpressions;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>The spans of statements: only within a recorded trace, since a poll of the outbox is none, and named by verb and table.</summary>
internal static partial class StatementSpans
{
    public static void Configure(NpgsqlTracingOptionsBuilder tracing) => tracing
        .ConfigureCommandFilter(_ => InTrace)
        .ConfigureBatchFilter(_ => InTrace)
        .ConfigureCopyOperationFilter(_ => InTrace)
        .ConfigureCommandSpanNameProvider(command => NameOf(command.CommandText))
        .ConfigureBatchSpanNameProvider(batch => batch.BatchCommands is [var first, ..] ? NameOf(first.CommandText) : null);

    /// <summary>The verb and the first table: <c>SELECT grid_case</c>.</summary>
    public static string NameOf(string statement)
    {
        var verb = Verb().Match(statement).Groups[1].Value.ToUpperInvariant();
        var table = FirstTable().Match(statement);
        return table.Success ? $"{verb} {table.Groups[1].Value}" : verb;
    }

    private static bool InTrace => Activity.Current is { Recorded: true };

    [GeneratedRegex(@"^\s*(\w+)")]
    private static partial Regex Verb();

    [GeneratedRegex(@"\b(?:FROM|INTO|UPDATE)\s+([a-z_]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FirstTable();
}
