namespace Jiceng.Persistence;

/// <summary>Who writes, through which method, and under which request id.</summary>
/// <param name="CallerId">Subject of the caller's token, or <c>jiceng/&lt;service&gt;</c> for a service's own work. Written to the audit.</param>
/// <param name="Method">Full name of the gRPC method, or of the subscription or job.</param>
public sealed record WriteContext(string CallerId, string Method)
{
    /// <summary>Idempotency key of the request; required by <see cref="Database.WriteOnceAsync"/>, unused elsewhere.</summary>
    public string? RequestId { get; init; }

    /// <summary>Hash of the request without its request id; distinguishes a repeated request from a different one with the same id.</summary>
    public ReadOnlyMemory<byte> RequestHash { get; init; }
}
