using System.Globalization;
using System.Xml.Linq;

namespace Jiceng.Cli.Testing;

/// <summary>How many tests of one program passed, failed, were skipped or left out.</summary>
internal sealed record TestSummary(string Program, int Passed, int Failed, int Skipped)
{
    /// <summary>Reads what the program wrote. A program that wrote nothing, or broke outside of a test, counts as one failure.</summary>
    public static TestSummary Read(string program, string file, int exitCode)
    {
        XElement? root = null;
        try
        {
            root = XElement.Load(file);
        }
        catch (Exception e) when (e is IOException or System.Xml.XmlException)
        {
            // Told below: no result is a failure.
        }

        if (root is null) return new TestSummary(program, 0, 1, 0);
        var assemblies = root.Elements("assembly").ToList();
        var failed = Sum("failed") + Sum("errors");
        // xunit's exit code 1 is "tests failed"; anything else that it did not count is worth a failure.
        return new TestSummary(program, Sum("passed"), failed == 0 && exitCode != 0 ? 1 : failed, Sum("skipped") + Sum("not-run"));

        int Sum(string attribute) => assemblies.Sum(a => int.Parse(a.Attribute(attribute)?.Value ?? "0", CultureInfo.InvariantCulture));
    }
}
