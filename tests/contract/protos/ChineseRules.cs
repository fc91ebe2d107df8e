using Google.Protobuf.Reflection;
using Jiceng.Contracts;

namespace Jiceng.ContractTests;

/// <summary>A comment of a proto and its element.</summary>
internal sealed record Comment(string File, string Element, string Text);

internal static class Comments
{
    /// <summary>The comments of the suite's own protos.</summary>
    public static IEnumerable<Comment> In(IEnumerable<FileDescriptor> files) =>
        from file in files
        where file.Name.StartsWith("jiceng/", StringComparison.Ordinal)
        from element in Elements(file)
        let text = PublishedContracts.CommentOf(element)
        where text.Length > 0
        select new Comment(file.Name, element.FullName, text);

    private static IEnumerable<DescriptorBase> Elements(FileDescriptor file) =>
    [
        .. file.Services.SelectMany(service => service.Methods.Cast<DescriptorBase>().Prepend(service)),
        .. file.MessageTypes.SelectMany(Elements),
        .. file.EnumTypes.SelectMany(Elements),
    ];

    private static IEnumerable<DescriptorBase> Elements(MessageDescriptor message) =>
    [
        message, .. message.Fields.InDeclarationOrder(), .. message.Oneofs.Where(oneof => !oneof.IsSynthetic),
        .. message.NestedTypes.SelectMany(Elements), .. message.EnumTypes.SelectMany(Elements),
    ];

    private static IEnumerable<DescriptorBase> Elements(EnumDescriptor type) => [type, .. type.Values];
}

internal static class ChineseRules
{
    public static IEnumerable<string> Missing(IEnumerable<Comment> comments, IReadOnlyDictionary<string, string> chinese) =>
        from comment in comments.DistinctBy(comment => comment.Text)
        where !chinese.TryGetValue(comment.Text, out var text) || string.IsNullOrWhiteSpace(text)
        select $"{comment.File}, {comment.Element}: protos/zh/{comment.File.Split('/')[1]}.json needs \"{comment.Text}\"";

    public static IEnumerable<string> Stale(IEnumerable<Comment> comments, IReadOnlyDictionary<string, string> chinese)
    {
        var there = comments.Select(comment => comment.Text).ToHashSet(StringComparer.Ordinal);
        return chinese.Keys.Where(text => !there.Contains(text)).Select(text => $"protos/zh: no longer a comment of the protos: \"{text}\"");
    }
}
