namespace Jiceng.SidecarConformance.Harness;

/// <summary>Resource files.</summary>
internal static class Resource
{
    /// <summary>A pubsub.redis component; settings override the defaults, which redeliver quickly.</summary>
    public static string Component(string redis, string name = DaprSidecar.Pubsub, string? scope = null, params (string Name, string Value)[] settings)
    {
        var values = new Dictionary<string, string> { ["redisHost"] = redis, ["processingTimeout"] = "60000", ["redeliverInterval"] = "15000" };
        foreach (var (key, value) in settings) values[key] = value;
        var metadata = string.Join('\n', values.Select(pair => $"    - {{ name: {pair.Key}, value: \"{pair.Value}\" }}"));
        return $"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata:
              name: {name}
            spec:
              type: pubsub.redis
              version: v1
              initTimeout: 30s
              metadata:
            {metadata}
            {(scope is null ? "" : $"scopes: [{scope}]")}
            """;
    }

    /// <summary>Inbound policies of the component; each argument is the YAML of one policy.</summary>
    public static string Inbound(string? retry = null, string? timeout = null, string? breaker = null) => $$"""
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata:
          name: resiliency
        spec:
          policies:
            timeouts: { {{(timeout is null ? "" : $"limit: {timeout}")}} }
            retries: { {{(retry is null ? "" : $"again: {{ {retry} }}")}} }
            circuitBreakers: { {{(breaker is null ? "" : $"fuse: {{ {breaker} }}")}} }
          targets:
            components:
              {{DaprSidecar.Pubsub}}:
                inbound: { {{string.Join(", ", Names(retry, timeout, breaker))}} }
        """;

    private static IEnumerable<string> Names(string? retry, string? timeout, string? breaker)
    {
        if (retry is not null) yield return "retry: again";
        if (timeout is not null) yield return "timeout: limit";
        if (breaker is not null) yield return "circuitBreaker: fuse";
    }
}
