using Jiceng.Sidecar.Resources;

namespace Jiceng.Sidecar.Resilience;

/// <summary>Finds the policies of a pub/sub component: its own target first, then the defaults by their well-known names.</summary>
internal sealed class PolicySet(IReadOnlyList<ResiliencyResource> resources, TimeProvider time)
{
    /// <summary>The policies of both directions, which share a breaker when both name it.</summary>
    public (Policy Inbound, Policy Outbound) ForComponent(string name)
    {
        var breakers = new Dictionary<string, CircuitBreaker>();
        var target = resources.FirstOrDefault(r => r.Components.ContainsKey(name));
        if (target is null) return (Default("Inbound", breakers), Default("Outbound", breakers));
        var (inbound, outbound) = target.Components[name];
        return (Named(target, inbound, breakers), Named(target, outbound, breakers));
    }

    private Policy Named(ResiliencyResource resource, PolicyNames? names, Dictionary<string, CircuitBreaker> breakers) => names is null
        ? Policy.None
        : new Policy(
            names.Timeout is null ? null : resource.Timeouts[names.Timeout],
            names.Retry is null ? null : resource.Retries[names.Retry],
            names.Breaker is null ? null : Breaker(resource.Breakers[names.Breaker], breakers));

    private Policy Default(string direction, Dictionary<string, CircuitBreaker> breakers)
    {
        var timeout = Find(direction, "TimeoutPolicy", r => r.Timeouts.ContainsKey);
        var retry = Find(direction, "RetryPolicy", r => r.Retries.ContainsKey);
        var breaker = Find(direction, "CircuitBreakerPolicy", r => r.Breakers.ContainsKey);
        return new Policy(
            timeout is var (timeoutSource, timeoutName) ? timeoutSource.Timeouts[timeoutName] : null,
            retry is var (retrySource, retryName) ? retrySource.Retries[retryName] : null,
            breaker is var (breakerSource, breakerName) ? Breaker(breakerSource.Breakers[breakerName], breakers) : null);
    }

    private (ResiliencyResource Source, string Name)? Find(string direction, string kind, Func<ResiliencyResource, Func<string, bool>> has)
    {
        foreach (var name in (string[])
                 [$"DefaultPubsubComponent{direction}{kind}", $"DefaultComponent{direction}{kind}", $"DefaultComponent{kind}", $"Default{kind}"])
        {
            if (resources.FirstOrDefault(r => has(r)(name)) is { } source) return (source, name);
        }

        return null;
    }

    private CircuitBreaker Breaker(BreakerRule rule, Dictionary<string, CircuitBreaker> breakers)
    {
        if (!breakers.TryGetValue(rule.Name, out var breaker)) breakers[rule.Name] = breaker = new CircuitBreaker(rule, time);
        return breaker;
    }
}
