using System.Reflection;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Jiceng.Contracts;

/// <summary>The contracts as they are handed out (接口契约): descriptors with their comments, the protos, and the comments in Chinese.</summary>
public static class PublishedContracts
{
    private const string ProtoFolder = "protos/";
    private const string ChineseFolder = "zh/";
    private static readonly Assembly Here = typeof(PublishedContracts).Assembly;

    /// <summary>Version of the suite that the contracts belong to.</summary>
    public static string Version { get; } = Here.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>A <see cref="FileDescriptorSet"/> of every proto and what it imports, with comments and the names in JSON.</summary>
    public static byte[] ReadDescriptorSet() => Read("contracts.binpb");

    /// <summary>The proto files by path, for example <c>jiceng/grid/v1/case.proto</c>, in the order of their paths.</summary>
    public static IReadOnlyList<KeyValuePair<string, byte[]>> ReadProtos() => ReadFolder(ProtoFolder);

    /// <summary>The files of <c>protos/zh</c>, each a JSON object of English comments and their Chinese.</summary>
    public static IReadOnlyList<KeyValuePair<string, IReadOnlyDictionary<string, string>>> ReadChinese() =>
    [
        .. ReadFolder(ChineseFolder).Select(file => KeyValuePair.Create<string, IReadOnlyDictionary<string, string>>(
            file.Key, JsonSerializer.Deserialize<Dictionary<string, string>>(file.Value) ?? throw new InvalidOperationException($"protos/zh/{file.Key} holds no object."))),
    ];

    /// <summary>The comment of an element in one line, which is what its Chinese is found by; empty when there is none.</summary>
    public static string CommentOf(DescriptorBase element)
    {
        var comment = element is OneofDescriptor oneof ? CommentOf(oneof) : element.Declaration?.LeadingComments;
        return string.Join(' ', (comment ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The library does not find the declarations of oneofs: the comment is looked up by the numbers of descriptor.proto that lead there.</summary>
    private static string? CommentOf(OneofDescriptor oneof)
    {
        List<int> path = [DescriptorProto.OneofDeclFieldNumber, oneof.Index];
        for (var type = oneof.ContainingType; type is not null; type = type.ContainingType)
            path.InsertRange(0, [type.ContainingType is null ? FileDescriptorProto.MessageTypeFieldNumber : DescriptorProto.NestedTypeFieldNumber, type.Index]);
        return oneof.File.ToProto().SourceCodeInfo?.Location.FirstOrDefault(location => location.Path.SequenceEqual(path))?.LeadingComments;
    }

    private static IReadOnlyList<KeyValuePair<string, byte[]>> ReadFolder(string folder) =>
    [
        .. Here.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => KeyValuePair.Create(name[folder.Length..], Read(name))),
    ];

    private static byte[] Read(string name)
    {
        using var resource = Here.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in {Here.GetName().Name}.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
