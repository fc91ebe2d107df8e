using System.Globalization;
using System.Text.RegularExpressions;
using Jiceng.Sidecar.Resilience;

namespace Jiceng.Sidecar.Resources;

/// <summary>The policy names of a target.</summary>
internal sealed record PolicyNames(string? Timeout, string? Retry, string? Breaker);

/// <summary>The component targets of a Resiliency resource; targets of service invocation have no effect here.</summary>
internal sealed partial record ResiliencyResource(
    IReadOnlyDictionary<string, TimeSpan> Timeouts,
    IReadOnlyDictionary<string, RetryRule> Retries,
    IReadOnlyDictionary<string, BreakerRule> Breakers,
    IReadOnlyDictionary<string, (PolicyNames? Inbound, PolicyNames? Outbound)> Components)
{
    public static ResiliencyResource Read(ResourceDocument document)
    {
        var spec = document.Root.NeedMap("spec");
        document.Root.RejectUnknown();
        var policies = spec.TakeMap("policies");
        var timeouts = ReadTimeouts(policies);
        var retries = (policies?.TakeNamedMaps("retries") ?? []).ToDictionary(p => p.Name, p => ReadRetry(p.Map));
        var breakers = (policies?.TakeNamedMaps("circuitBreakers") ?? []).ToDictionary(p => p.Name, p => ReadBreaker(p.Name, p.Map));
        policies?.RejectUnknown();

        var targets = spec.TakeMap("targets");
        targets?.Ignore("apps");
        var components = new Dictionary<string, (PolicyNames?, PolicyNames?)>();
        foreach (var (name, map) in targets?.TakeNamedMaps("components") ?? [])
        {
            components[name] = (ReadNames(map.TakeMap("inbound")), ReadNames(map.TakeMap("outbound")));
            map.RejectUnknown();
        }

        targets?.RejectUnknown();
        spec.RejectUnknown();
        var resource = new ResiliencyResource(timeouts, retries, breakers, components);
        foreach (var (name, (inbound, outbound)) in components)
        {
            resource.Check(document, name, inbound);
            resource.Check(document, name, outbound);
        }

        return resource;
    }

    [GeneratedRegex(@"^\s*consecutiveFailures\s*(>=|>)\s*(\d{1,6})\s*$")]
    private static partial Regex TripRule { get; }

    private static Dictionary<string, TimeSpan> ReadTimeouts(YamlMap? policies)
    {
        var map = policies?.TakeMap("timeouts");
        return (map?.Keys.ToList() ?? []).ToDictionary(name => name, name => map!.TakeDuration(name) ?? TimeSpan.Zero);
    }

    private static RetryRule ReadRetry(YamlMap map)
    {
        var defaults = new RetryRule();
        var kind = map.TakeText("policy") ?? "constant";
        if (kind is not ("constant" or "exponential")) throw new ConfigurationException($"{map.Place}.policy is '{kind}'; it must be constant or exponential");
        var matching = map.TakeMap("matching");
        matching?.Ignore("gRPCStatusCodes");
        var rule = defaults with
        {
            Exponential = kind == "exponential",
            Duration = map.TakeDuration("duration") ?? defaults.Duration,
            MaxInterval = map.TakeDuration("maxInterval") ?? defaults.MaxInterval,
            MaxRetries = map.TakeInt("maxRetries") ?? defaults.MaxRetries,
            HttpStatuses = matching?.TakeText("httpStatusCodes") is { Length: > 0 } codes ? ReadStatuses(codes, matching.Place) : null,
        };
        matching?.RejectUnknown();
        map.RejectUnknown();
        return rule;
    }

    private static List<(int From, int To)> ReadStatuses(string codes, string place)
    {
        var ranges = new List<(int, int)>();
        foreach (var part in codes.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length > 2 || !ends.All(end => int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 100 and <= 599))
                throw new ConfigurationException($"{place}.httpStatusCodes has '{part}'; it must be statuses and ranges such as 429,500-599");
            ranges.Add((int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture)));
        }

        return ranges;
    }

    private static BreakerRule ReadBreaker(string name, YamlMap map)
    {
        var rule = new BreakerRule { Name = name };
        var trip = rule.TripAfter;
        if (map.TakeText("trip") is { } text)
        {
            var match = TripRule.Match(text);
            if (!match.Success) throw new ConfigurationException($"{map.Place}.trip is '{text}'; this sidecar knows consecutiveFailures >= N and > N");
            trip = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) + (match.Groups[1].Value == ">" ? 1 : 0);
        }

        rule = rule with
        {
            MaxRequests = map.TakeInt("maxRequests") ?? rule.MaxRequests,
            Interval = map.TakeDuration("interval") ?? rule.Interval,
            Timeout = map.TakeDuration("timeout") ?? rule.Timeout,
            TripAfter = trip,
        };
        map.RejectUnknown();
        return rule;
    }

    private static PolicyNames? ReadNames(YamlMap? map)
    {
        if (map is null) return null;
        var names = new PolicyNames(map.TakeText("timeout"), map.TakeText("retry"), map.TakeText("circuitBreaker"));
        map.RejectUnknown();
        return names;
    }

    private void Check(ResourceDocument document, string component, PolicyNames? names)
    {
        if (names?.Timeout is { } timeout && !Timeouts.ContainsKey(timeout)) throw Unknown("timeout", timeout);
        if (names?.Retry is { } retry && !Retries.ContainsKey(retry)) throw Unknown("retry", retry);
        if (names?.Breaker is { } breaker && !Breakers.ContainsKey(breaker)) throw Unknown("circuit breaker", breaker);

        ConfigurationException Unknown(string kind, string name) => document.Wrong($"targets.components.{component} names the {kind} {name}, which is not among the policies");
    }
}
