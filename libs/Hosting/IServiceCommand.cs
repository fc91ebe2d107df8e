namespace Jiceng.Hosting;

/// <summary>
/// Something that a service does once instead of serving, for example <c>migrate</c>: <c>dotnet Jiceng.Grid.dll migrate</c>.
/// Registered in the service collection; <see cref="ServiceHost.RunServiceAsync"/> finds it by its name.
/// </summary>
public interface IServiceCommand
{
    /// <summary>The word on the command line, lower case with hyphens.</summary>
    string Name { get; }

    /// <summary>Runs the command. No hosted service is started and no port is opened.</summary>
    /// <param name="args">What followed the name on the command line.</param>
    /// <param name="cancellationToken">Cancelled by SIGTERM and Ctrl-C.</param>
    /// <returns>The exit code of the process: 0 for success.</returns>
    Task<int> RunAsync(string[] args, CancellationToken cancellationToken);
}
