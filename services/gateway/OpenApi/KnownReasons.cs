using System.Reflection;
using Grpc.Core;

namespace Jiceng.Gateway.OpenApi;

/// <summary>A reason for which a service, or the gateway, refuses.</summary>
internal sealed record KnownReason(string Domain, string Reason, StatusCode Code, string English, string Chinese);

/// <summary>Every reason of the suite, from the table of docs/errors.md, which a test holds equal to the code of all services.</summary>
internal static class KnownReasons
{
    public static IReadOnlyList<KnownReason> All { get; } = [.. Lines().Select(Parse).OfType<KnownReason>()];

    /// <summary>Those that a caller of a service may meet: its own, those of all services, and the gateway's.</summary>
    public static IEnumerable<KnownReason> Of(string service) =>
        All.Where(reason => reason.Domain == "jiceng" || reason.Domain == "gateway.jiceng" || reason.Domain == $"{service}.jiceng");

    private static KnownReason? Parse(string line)
    {
        var cells = line.Split(" | ");
        return cells.Length == 5 && Enum.TryParse<StatusCode>(cells[2].Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var code)
            ? new KnownReason(cells[0].TrimStart('|', ' '), cells[1], code, cells[3], cells[4].TrimEnd('|', ' '))
            : null;
    }

    private static IEnumerable<string> Lines()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("errors.md") ?? throw new InvalidOperationException("errors.md is not in the gateway."));
        while (reader.ReadLine() is { } line) yield return line;
    }
}
