using Jiceng.Domain;
using Microsoft.Extensions.Options;

namespace Jiceng.Gateway;

/// <summary>The section <c>Limits</c>: what may be asked for.</summary>
internal sealed class GatewayLimits
{
    /// <summary>Bytes that the message of a call with one request may have. The messages of a request stream are limited by the service.</summary>
    public int RequestBytes { get; set; }

    /// <summary>Calls a second that one caller may make over time; a stream counts once.</summary>
    public int CallsPerSecond { get; set; }

    /// <summary>Calls that one caller may make at once after a pause.</summary>
    public int CallBurst { get; set; }

    /// <summary>Calls with one answer that are passed on at once, of all callers together; more are refused, to be tried again.</summary>
    public int CallsAtOnce { get; set; }

    /// <summary>Deadline of a call with one answer whose caller sets none.</summary>
    public TimeSpan Deadline { get; set; }

    public RefusedException TooLarge() =>
        GatewayErrors.RequestTooLarge.With(("limit", RequestBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}

internal sealed class GatewayLimitsCheck : IValidateOptions<GatewayLimits>
{
    public ValidateOptionsResult Validate(string? name, GatewayLimits options)
    {
        List<string> wrong = [];
        if (options.RequestBytes <= 0) wrong.Add("Limits:RequestBytes has to be more than 0");
        if (options.CallsPerSecond <= 0) wrong.Add("Limits:CallsPerSecond has to be more than 0");
        if (options.CallBurst < options.CallsPerSecond) wrong.Add("Limits:CallBurst has to be at least Limits:CallsPerSecond");
        if (options.CallsAtOnce <= 0) wrong.Add("Limits:CallsAtOnce has to be more than 0");
        if (options.Deadline < TimeSpan.FromSeconds(1)) wrong.Add("Limits:Deadline has to be at least a second, for example 00:00:30");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
