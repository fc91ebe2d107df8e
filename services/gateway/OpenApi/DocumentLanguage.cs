using Google.Protobuf.Reflection;
using Jiceng.Contracts;

namespace Jiceng.Gateway.OpenApi;

/// <summary>The language of a document: its own sentences, and the comments of the protos.</summary>
internal sealed class DocumentLanguage
{
    private readonly Dictionary<string, string>? _chinese;

    private DocumentLanguage(Dictionary<string, string>? chinese) => _chinese = chinese;

    public static DocumentLanguage English { get; } = new(null);

    /// <summary>A comment without a translation stays English, so that a new method is documented from its first day.</summary>
    public static DocumentLanguage Chinese { get; } = new(
        PublishedContracts.ReadChinese().SelectMany(file => file.Value).DistinctBy(entry => entry.Key).ToDictionary(StringComparer.Ordinal));

    public string Choose(string english, string inChinese) => _chinese is null ? english : inChinese;

    /// <summary>The comment of an element.</summary>
    public string CommentOf(DescriptorBase element)
    {
        var comment = PublishedContracts.CommentOf(element);
        return _chinese?.GetValueOrDefault(comment) ?? comment;
    }
}
