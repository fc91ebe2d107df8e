using System.Globalization;
using System.Xml.Linq;

namespace Jiceng.Cli.Testing;

/// <summary>Numbers of passed, failed and skipped tests of a program.</summary>
internal sealed record TestSummary(string Program, int Passed, int Failed, int Skipped)
{
    /// <summary>Reads a program's results. Missing results or a crash outside of a test count as one failure.</summary>
    public static TestSummary Read(string program, string file, int exitCode)
    {
        XElement? root = null;
        try
        {
            root = XElement.Load(file);
        }
        catch (Exception e) when (e is IOException or System.Xml.XmlException)
        {
            // Handled below: missing results are a failure.
        }

        if (root is null) return new TestSummary(program, 0, 1, 0);
        var assemblies = root.Elements("assembly").ToList();
        var failed = Sum("failed") + Sum("errors");
        // xunit exits with 1 for failed tests; another non-zero code without a counted failure is a failure too.
        return new TestSummary(program, Sum("passed"), failed == 0 && exitCode != 0 ? 1 : failed, Sum("skipped") + Sum("not-run"));

        int Sum(string attribute) => assemblies.Sum(a => int.Parse(a.Attribute(attribute)?.Value ?? "0", CultureInfo.InvariantCulture));
    }
}
