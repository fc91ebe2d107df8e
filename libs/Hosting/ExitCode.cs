namespace Jiceng.Hosting;

/// <summary>Exit codes of every service.</summary>
public static class ExitCode
{
    /// <summary>Served until asked to stop, or the command did what it was asked.</summary>
    public const int Success = 0;

    /// <summary>Something failed that the log tells about.</summary>
    public const int Failure = 1;

    /// <summary>The command line names a command that the service does not have.</summary>
    public const int Usage = 2;

    /// <summary>An option is missing or wrong; standard error names it in one line.</summary>
    public const int Configuration = 78;
}
