using Jiceng.Domain;
using Jiceng.Gateway.Limits;
using Microsoft.Extensions.Options;

namespace Jiceng.Gateway;

/// <summary>The section <c>Limits</c>: what may be asked for.</summary>
internal sealed class GatewayLimits
{
    private readonly Rate?[] _rates = new Rate?[Enum.GetValues<CallClass>().Length];

    /// <summary>Bytes that the message of a call with one request may have. The messages of a request stream are limited by the service.</summary>
    public int RequestBytes { get; set; }

    /// <summary>Bytes that the answer to a call with one answer may have.</summary>
    public int ResponseBytes { get; set; }

    /// <summary>Calls a second that one caller may make over time in a class that does not say otherwise; a stream counts once.</summary>
    public int CallsPerSecond { get; set; }

    /// <summary>Calls that one caller may make at once after a pause in a class that does not say otherwise.</summary>
    public int CallBurst { get; set; }

    public ClassLimits Read { get; set; } = new();

    public ClassLimits Write { get; set; } = new();

    public ClassLimits Stream { get; set; } = new();

    public ClassLimits Import { get; set; } = new();

    /// <summary>Calls with one answer that are passed on at once, of all callers together; more are refused, to be tried again.</summary>
    public int CallsAtOnce { get; set; }

    /// <summary>The part of them that one caller may have.</summary>
    public int CallerCallsAtOnce { get; set; }

    /// <summary>Streams that one caller may have open at once.</summary>
    public int CallerStreams { get; set; }

    /// <summary>Deadline of a call with one answer whose caller sets none, in a class that does not say otherwise.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>How long a request stream may bring nothing before it is ended.</summary>
    public TimeSpan Silence { get; set; }

    /// <summary>Failures in a row after which calls to a service are refused at once.</summary>
    public int CircuitFailures { get; set; }

    /// <summary>How often one call finds out whether it answers again.</summary>
    public TimeSpan CircuitPause { get; set; }

    public Rate RateOf(CallClass kind) => _rates[(int)kind] ??= Combined(ClassOf(kind));

    public TimeSpan DeadlineOf(CallClass kind) => ClassOf(kind).Deadline ?? Deadline;

    public ClassLimits ClassOf(CallClass kind) => kind switch
    {
        CallClass.Read => Read,
        CallClass.Write => Write,
        CallClass.Stream => Stream,
        _ => Import,
    };

    public ApiException TooLarge() =>
        GatewayErrors.RequestTooLarge.With(("limit", RequestBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private Rate Combined(ClassLimits kind) => new(kind.CallsPerSecond ?? CallsPerSecond, kind.CallBurst ?? CallBurst);
}

/// <summary>A section <c>Limits:Read</c>, <c>Write</c>, <c>Stream</c> or <c>Import</c>: what differs for the class.</summary>
internal sealed class ClassLimits
{
    public int? CallsPerSecond { get; set; }

    public int? CallBurst { get; set; }

    /// <summary>Of calls with one answer.</summary>
    public TimeSpan? Deadline { get; set; }
}

internal sealed class GatewayLimitsValidator : IValidateOptions<GatewayLimits>
{
    public ValidateOptionsResult Validate(string? name, GatewayLimits options)
    {
        List<string> wrong = [];
        if (options.RequestBytes <= 0) wrong.Add("Limits:RequestBytes has to be more than 0");
        if (options.ResponseBytes <= 0) wrong.Add("Limits:ResponseBytes has to be more than 0");
        if (options.CallsPerSecond <= 0) wrong.Add("Limits:CallsPerSecond has to be more than 0");
        if (options.CallBurst < options.CallsPerSecond) wrong.Add("Limits:CallBurst has to be at least Limits:CallsPerSecond");
        if (wrong.Count == 0) wrong.AddRange(Enum.GetValues<CallClass>().SelectMany(kind => WrongIn(kind, options)));
        if (options.CallsAtOnce <= 0) wrong.Add("Limits:CallsAtOnce has to be more than 0");
        else if (options.CallerCallsAtOnce <= 0) wrong.Add("Limits:CallerCallsAtOnce has to be more than 0");
        if (options.CallerStreams <= 0) wrong.Add("Limits:CallerStreams has to be more than 0");
        if (options.Deadline < TimeSpan.FromSeconds(1)) wrong.Add("Limits:Deadline has to be at least a second, for example 00:00:30");
        if (options.Silence < TimeSpan.FromSeconds(1)) wrong.Add("Limits:Silence has to be at least a second, for example 00:01:00");
        if (options.CircuitFailures <= 0) wrong.Add("Limits:CircuitFailures has to be more than 0");
        if (options.CircuitPause <= TimeSpan.Zero) wrong.Add("Limits:CircuitPause has to be more than 0, for example 00:00:01");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> WrongIn(CallClass kind, GatewayLimits options)
    {
        var rate = options.RateOf(kind);
        if (rate.PerSecond <= 0) yield return $"Limits:{kind}:CallsPerSecond has to be more than 0";
        else if (rate.Burst < rate.PerSecond) yield return $"Limits:{kind}:CallBurst has to be at least the calls a second of the class, {rate.PerSecond}";
        if (options.ClassOf(kind).Deadline is not { } deadline) yield break;
        if (kind.IsLongLived()) yield return $"Limits:{kind}:Deadline has to be left out: a stream ends when the caller has enough, or is silent for Limits:Silence";
        else if (deadline < TimeSpan.FromSeconds(1)) yield return $"Limits:{kind}:Deadline has to be at least a second, for example 00:00:30";
    }
}
