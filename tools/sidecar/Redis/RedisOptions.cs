namespace Jiceng.Sidecar.Redis;

internal sealed record RedisOptions
{
    public required string Host { get; init; }

    public int Port { get; init; } = 6379;

    public string Username { get; init; } = "";

    public string Password { get; init; } = "";

    public int Database { get; init; }

    public bool Tls { get; init; }

    public bool SkipTlsVerification { get; init; }
}
