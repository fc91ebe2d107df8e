namespace Jiceng.Domain;

/// <summary>Shortens texts of callers that an error repeats.</summary>
internal static class Shortening
{
    /// <summary>The text, or its beginning and an ellipsis; a character of two halves stays whole.</summary>
    public static string Shortened(this string text, int length)
    {
        if (text.Length <= length) return text;
        var end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}
