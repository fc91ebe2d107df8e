namespace Jiceng.TestSupport;

/// <summary>
/// Assembly fixture that stops <see cref="PostgresServer.SharedAsync"/> after the last test, before process exit limits the cleanup.
/// </summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    public ValueTask DisposeAsync() => new(PostgresServer.EndSharedAsync());
}
