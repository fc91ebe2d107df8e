using Jiceng.Hosting;

namespace Jiceng.Persistence;

/// <summary><c>dotnet Jiceng.&lt;Service&gt;.dll migrate</c>.</summary>
internal sealed class MigrateCommand(Migrator migrator) : IServiceCommand
{
    public string Name => "migrate";

    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        try
        {
            await migrator.RunAsync(cancellationToken);
            return ExitCode.Success;
        }
        catch (Exception failure) when (failure is InvalidOperationException or Npgsql.NpgsqlException)
        {
            await Console.Error.WriteLineAsync($"migrate: {failure.Message}");
            return ExitCode.Failure;
        }
    }
}
