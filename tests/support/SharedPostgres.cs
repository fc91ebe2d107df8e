namespace Jiceng.TestSupport;

/// <summary>Assembly fixture that ends <see cref="PostgresServer.SharedAsync"/> after the last test, while there is time to clean up.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    public ValueTask DisposeAsync() => new(PostgresServer.EndSharedAsync());
}
