using System.Globalization;

namespace Jiceng.Cli.Commands;

internal static class OptionValue
{
    /// <summary>Validates an option that must be at least 1.</summary>
    public static int Positive(int value, string option) => value > 0
        ? value
        : throw new CliException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; it must be a whole number, at least 1."), Exit.Usage);
}
