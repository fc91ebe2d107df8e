using Google.Rpc;
using Grpc.Core;
using Jiceng.Cli;

namespace Jiceng.Bench.Inputs;

/// <summary>Decides whether an answer is acceptable: a success, or an error listed in the catalogue.</summary>
internal sealed class Verdict
{
    private readonly Dictionary<(string Domain, string Reason), string> _catalogue;

    private Verdict(Dictionary<(string, string), string> catalogue) => _catalogue = catalogue;

    /// <summary>Reads docs/errors.md, which a test keeps equal to the code.</summary>
    public static Verdict Load(string root)
    {
        var rows = File.ReadLines(Path.Combine(root, "docs", "errors.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length > 5 && cells[1].EndsWith("jiceng", StringComparison.Ordinal));
        var catalogue = rows.ToDictionary(cells => (cells[1], cells[2]), cells => cells[3]);
        return catalogue.Count > 0 ? new Verdict(catalogue) : throw new CliException("docs/errors.md has no table of reasons.");
    }

    /// <summary>Returns the outcome for the table and the problem, if any.</summary>
    public (string Outcome, string? Problem) Of(BadInput input, RawResponse answer)
    {
        if (answer.Http is null) return ("no answer", answer.Text);
        if (answer.Http == 415 && input.Kind == InputKind.Header) return ("HTTP 415", null);
        if (answer.Status is null)
        {
            // Callers that do not speak gRPC get an HTTP error.
            var plain = input.Kind == InputKind.Header && answer.Http is >= 400 and < 500;
            return ($"HTTP {answer.Http}", plain ? null : $"HTTP {answer.Http} without a gRPC status");
        }

        var code = (StatusCode)answer.Status;
        return (code.ToString(), Problem(input, code, answer));
    }

    private string? Problem(BadInput input, StatusCode code, RawResponse answer)
    {
        if (code == StatusCode.OK) return null;
        // A deadline set by the caller ends the call with gRPC's own status.
        if (code is StatusCode.DeadlineExceeded or StatusCode.Cancelled && input.Headers.ContainsKey("grpc-timeout")) return null;
        if (code is StatusCode.Internal or StatusCode.Unknown or StatusCode.DataLoss or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Unavailable) return answer.Text;
        var infos = (answer.Details?.Details ?? []).Where(detail => detail.Is(ErrorInfo.Descriptor)).Select(detail => detail.Unpack<ErrorInfo>()).ToList();
        if (infos is not [var info]) return $"{infos.Count} ErrorInfo instead of one: {answer.Text}";
        if (!_catalogue.TryGetValue((info.Domain, info.Reason), out var expected)) return $"{info.Domain} {info.Reason} is not in docs/errors.md";
        var name = string.Concat(code.ToString().Select((letter, i) => i > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"));
        return expected == name ? null : $"{info.Reason} came as {name}, docs/errors.md says {expected}";
    }
}
