using System.Net;
using Microsoft.Extensions.Options;

namespace Jiceng.Webhooks;

/// <summary>The settings <c>Webhooks:…</c>; docs/webhooks.md describes them.</summary>
internal sealed class WebhookSettings
{
    /// <summary>Networks that may be called although they are not public, as CIDR.</summary>
    public IReadOnlyList<string> AllowedNetworks { get; init; } = [];

    /// <summary>Whether addresses without TLS may be registered and called.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>How long a call may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause before the second attempt; each further one is three times as long, up to 3 hours.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After so long an event that is not delivered is given up.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A webhook of which so many deliveries one after the other were given up is paused.</summary>
    public int PauseAfterDead { get; init; } = 20;

    public IReadOnlyList<IPNetwork> Networks => [.. AllowedNetworks.Select(network => IPNetwork.Parse(network))];
}

internal sealed class WebhookSettingsCheck : IValidateOptions<WebhookSettings>
{
    public ValidateOptionsResult Validate(string? name, WebhookSettings options)
    {
        List<string> problems = [];
        for (var i = 0; i < options.AllowedNetworks.Count; i++)
        {
            if (!IPNetwork.TryParse(options.AllowedNetworks[i], out _))
                problems.Add($"Webhooks:AllowedNetworks:{i} is '{options.AllowedNetworks[i]}'; it has to be a network as 10.20.0.0/16");
        }

        // A turn of a webhook has to be over before its lease ends.
        if (options.Timeout <= TimeSpan.Zero || options.Timeout > WebhookTurnStore.LongestCall)
            problems.Add($"Webhooks:Timeout is {options.Timeout}; it has to be more than 0 and at most {WebhookTurnStore.LongestCall}");
        if (options.RetryPause <= TimeSpan.Zero || options.RetryPause > WebhookSchedule.Longest)
            problems.Add($"Webhooks:RetryPause is {options.RetryPause}; it has to be more than 0 and at most {WebhookSchedule.Longest}");
        if (options.GiveUpAfter <= TimeSpan.Zero || options.GiveUpAfter > TimeSpan.FromDays(7))
            problems.Add($"Webhooks:GiveUpAfter is {options.GiveUpAfter}; it has to be more than 0 and at most 7 days");
        if (options.PauseAfterDead < 1) problems.Add($"Webhooks:PauseAfterDead is {options.PauseAfterDead}; it has to be 1 or more");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
