using Jiceng.Domain;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>Tells failures of PostgreSQL or of the way to it from failures of a command.</summary>
internal static class Failures
{
    private const string NoZero = "of texts without the character U+0000";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public static bool IsTransient(NpgsqlException failure) => failure.IsTransient || failure.SqlState is
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
        or PostgresErrorCodes.TooManyConnections;

    /// <summary>Whether PostgreSQL said itself that nothing of the transaction was kept.</summary>
    public static bool IsUndone(NpgsqlException failure) =>
        failure.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected;

    /// <summary>Whether a text of the command held a character that PostgreSQL cannot hold.</summary>
    public static bool IsOfText(NpgsqlException failure) =>
        failure.SqlState is PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter;

    public static ApiException NoText() =>
        CommonErrors.ArgumentInvalid.With(("field", "request"), ("expected", NoZero)).At("request", NoZero);

    public static ApiException Unavailable() =>
        CommonErrors.DependencyUnavailable.With(("dependency", "PostgreSQL")).Retry(RetryAfter);
}
