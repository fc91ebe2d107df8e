using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Jiceng.Sidecar.Resources;

/// <summary>One YAML document of a resource file, with its common header parsed.</summary>
internal sealed record ResourceDocument(string ApiVersion, string Kind, string Name, YamlMap Root, IReadOnlyList<string> Scopes)
{
    public string Place => Root.Place;

    /// <summary>All documents of the .yaml and .yml files directly in the folders, ordered by file name.</summary>
    public static IEnumerable<ResourceDocument> ReadFolders(IEnumerable<string> folders)
    {
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder)) throw new ConfigurationException($"the resources folder {folder} does not exist");
            var files = Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is ".yaml" or ".yml").Order(StringComparer.Ordinal);
            foreach (var document in files.SelectMany(ReadFile)) yield return document;
        }
    }

    public static IReadOnlyList<ResourceDocument> ReadFile(string file)
    {
        var stream = new YamlStream();
        try
        {
            using var text = File.OpenText(file);
            stream.Load(text);
        }
        catch (YamlException e)
        {
            throw new ConfigurationException($"{file} is not YAML: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{file} cannot be read: {e.Message}");
        }

        return [.. stream.Documents.Where(d => d.RootNode is not YamlScalarNode).Select(d => From(d.RootNode, file))];
    }

    public bool AppliesTo(string appId) => Scopes.Count == 0 || Scopes.Contains(appId);

    public ConfigurationException Wrong(string what) => new($"{Place}: {what}");

    private static ResourceDocument From(YamlNode node, string file)
    {
        if (node is not YamlMappingNode mapping) throw new ConfigurationException($"{file} holds a document that is not a mapping");
        var root = new YamlMap(mapping, file);
        var (apiVersion, kind) = (root.NeedText("apiVersion"), root.NeedText("kind"));
        var metadata = root.NeedMap("metadata");
        var name = metadata.NeedText("name");
        metadata.Ignore("namespace", "labels", "annotations");
        metadata.RejectUnknown();
        return new ResourceDocument(apiVersion, kind, name, new YamlMap(mapping, $"{file} ({kind} {name})"), root.TakeTexts("scopes"));
    }
}
