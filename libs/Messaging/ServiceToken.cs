using Grpc.Core;
using Microsoft.Extensions.Configuration;

namespace Jiceng.Messaging;

/// <summary>
/// The token with which this service calls others: <c>Services:TokenFile</c>, read at each use since it is renewed, or
/// <c>Services:Token</c>. The issuer gives it the role that may read event feeds.
/// </summary>
internal sealed class ServiceToken(IConfiguration configuration)
{
    public async Task<Metadata> HeadersAsync(CancellationToken cancellationToken)
    {
        var token = configuration["Services:TokenFile"] is { Length: > 0 } file
            ? await File.ReadAllTextAsync(file, cancellationToken)
            : configuration["Services:Token"];
        return string.IsNullOrWhiteSpace(token) ? [] : new Metadata { { "authorization", $"Bearer {token.Trim()}" } };
    }
}
