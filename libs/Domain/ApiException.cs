namespace Jiceng.Domain;

/// <summary>An error that is reported to the caller with its reason (拒绝). Created by <see cref="ErrorReason.With"/>.</summary>
public sealed class ApiException : Exception
{
    private readonly List<FieldViolation> _fields = [];

    internal ApiException(ErrorReason reason, string english, string chinese, IReadOnlyDictionary<string, string> metadata)
        : base(english)
    {
        Reason = reason;
        Chinese = chinese;
        Metadata = metadata;
    }

    /// <summary>Why.</summary>
    public ErrorReason Reason { get; }

    /// <summary>The message in Chinese (zh-CN).</summary>
    public string Chinese { get; }

    /// <summary>Every value that the messages name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Request fields that are wrong, with what would be right.</summary>
    public IReadOnlyList<FieldViolation> Fields => _fields;

    /// <summary>When it is worth trying again; null when trying again does not help.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>Names a request field that is wrong.</summary>
    /// <param name="field">Dotted path of the field in the request.</param>
    /// <param name="right">What would be right.</param>
    public ApiException At(string field, string right)
    {
        _fields.Add(new FieldViolation(field, right));
        return this;
    }

    /// <summary>Says after what time it is worth trying again.</summary>
    public ApiException Retry(TimeSpan after)
    {
        RetryAfter = after;
        return this;
    }
}

/// <summary>A request field that is wrong.</summary>
/// <param name="Field">Dotted path in the request.</param>
/// <param name="Right">What would be right.</param>
public sealed record FieldViolation(string Field, string Right);
