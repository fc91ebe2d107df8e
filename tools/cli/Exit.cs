namespace Jiceng.Cli;

/// <summary>Exit codes; the help of every command lists them.</summary>
internal static class Exit
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Environment = 3;
    public const int Interrupted = 130;
}

/// <summary>An error that the user can fix: shown without a stack trace.</summary>
internal sealed class CliException(string message, int exitCode = Exit.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
