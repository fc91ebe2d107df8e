using Microsoft.AspNetCore.Http;

namespace Jiceng.Hosting;

/// <summary>Questions after health come every few seconds from several sides; a trace of each would bury the others.</summary>
internal static class Probes
{
    private static readonly PathString[] Paths = ["/livez", "/readyz", "/grpc.health.v1.Health", "/v1.0/healthz"];

    public static bool Are(PathString path) => Array.Exists(Paths, probe => path.StartsWithSegments(probe));
}
