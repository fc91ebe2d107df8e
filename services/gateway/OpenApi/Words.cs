using Google.Protobuf.Reflection;
using Jiceng.Contracts;

namespace Jiceng.Gateway.OpenApi;

/// <summary>The language of a document: its own sentences, and the comments of the protos.</summary>
internal sealed class Words
{
    private readonly Dictionary<string, string>? chinese;

    private Words(Dictionary<string, string>? chinese) => this.chinese = chinese;

    public static Words English { get; } = new(null);

    /// <summary>A comment that nobody has translated yet stays English, so that a new method is there from its first day.</summary>
    public static Words Chinese { get; } = new(
        PublishedContracts.ReadChinese().SelectMany(file => file.Value).DistinctBy(entry => entry.Key).ToDictionary(StringComparer.Ordinal));

    public string Say(string english, string inChinese) => chinese is null ? english : inChinese;

    /// <summary>The comment of an element.</summary>
    public string Of(DescriptorBase element)
    {
        var comment = PublishedContracts.CommentOf(element);
        return chinese?.GetValueOrDefault(comment) ?? comment;
    }
}
