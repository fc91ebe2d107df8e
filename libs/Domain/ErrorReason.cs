namespace Jiceng.Domain;

/// <summary>
/// A reason for rejecting a call, as clients see it in google.rpc.ErrorInfo. Each is declared in a static class of its service
/// and in docs/errors.md.
/// </summary>
/// <param name="Domain">Who rejects the call: <c>jiceng</c> for reasons that all services share, else <c>&lt;service&gt;.jiceng</c>.</param>
/// <param name="Reason">UPPER_SNAKE_CASE, at most 63 characters; never changes its meaning.</param>
/// <param name="Kind">Class of the error.</param>
/// <param name="English">Message for developers, with <c>{key}</c> for each value.</param>
/// <param name="Chinese">Message for users (zh-CN), with <c>{key}</c> for each value.</param>
public sealed record ErrorReason(string Domain, string Reason, ErrorKind Kind, string English, string Chinese)
{
    private const int LongestValue = 500;

    /// <summary>The exception to throw, with the values that its messages name.</summary>
    /// <param name="values">Value for each <c>{key}</c>, also sent as metadata, shortened to 500 characters. Never personal data.</param>
    public ApiException With(params ReadOnlySpan<(string Key, string Value)> values)
    {
        var metadata = new Dictionary<string, string>(values.Length);
        var (english, chinese) = (English, Chinese);
        foreach (var (key, whole) in values)
        {
            // Errors travel in headers, which proxies and clients limit: a value that is sent back whole would let a caller break its own answer.
            var value = whole.Shortened(LongestValue);
            metadata[key] = value;
            english = english.Replace("{" + key + "}", value, StringComparison.Ordinal);
            chinese = chinese.Replace("{" + key + "}", value, StringComparison.Ordinal);
        }

        return new ApiException(this, english, chinese, metadata);
    }
}
