namespace Jiceng.Gateway.Protocols;

/// <summary>What a Content-Type says.</summary>
internal static class MediaType
{
    /// <summary>The type without its parameters, in lower case; null when it says that the text is not UTF-8.</summary>
    public static string? Of(string contentType)
    {
        var semicolon = contentType.IndexOf(';', StringComparison.Ordinal);
        if (semicolon < 0) return contentType.Trim().ToLowerInvariant();
        var parameter = contentType.AsSpan(semicolon + 1).Trim();
        const string charset = "charset=";
        var utf8 = !parameter.StartsWith(charset, StringComparison.OrdinalIgnoreCase)
            || parameter[charset.Length..].Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase);
        return utf8 ? contentType[..semicolon].Trim().ToLowerInvariant() : null;
    }
}
