using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Jiceng.DeployTests.Rendering;

/// <summary>A Kubernetes object.</summary>
internal sealed record KubeObject(JsonObject Content)
{
    public string ApiVersion => Content.Text("apiVersion") ?? "";

    public string Kind => Content.Text("kind") ?? "";

    public string Name => Content.Text("metadata.name") ?? "";

    public string? Namespace => Content.Text("metadata.namespace");

    /// <summary>Its pod template with labels; null when it creates no pods.</summary>
    public JsonObject? Pod => Kind switch
    {
        "Deployment" or "StatefulSet" or "DaemonSet" or "Job" => Content.Map("spec.template"),
        "CronJob" => Content.Map("spec.jobTemplate.spec.template"),
        _ => null,
    };

    public override string ToString() => Namespace is null ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";

    public KubeObject Copy() => new((JsonObject)Content.DeepClone());

    public static IReadOnlyList<KubeObject> Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Where(document => document.RootNode is YamlMappingNode).Select(document => new KubeObject((JsonObject)Convert(document.RootNode)!))];
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
        YamlScalarNode scalar => scalar.Value,
        _ => throw new InvalidDataException($"a node of type {node.NodeType}"),
    };

    private static JsonNode? Plain(string text) => text switch
    {
        "" or "null" or "~" => null,
        "true" => true,
        "false" => false,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ when double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            && char.IsAsciiDigit(text[^1]) => number,
        _ => text,
    };
}

/// <summary>Reads nodes by path.</summary>
internal static class Nodes
{
    public static JsonNode? At(this JsonNode? node, string path)
    {
        foreach (var name in path.Split('.')) node = node is JsonObject map ? map[name] : null;
        return node;
    }

    public static JsonObject? Map(this JsonNode? node, string path) => node.At(path) as JsonObject;

    public static IEnumerable<JsonObject> List(this JsonNode? node, string path) => node.At(path) is JsonArray list ? list.OfType<JsonObject>() : [];

    /// <summary>Strings of a list.</summary>
    public static IEnumerable<string> Texts(this JsonNode? node, string path) => node.At(path) is JsonArray list ? list.Select(item => item?.ToString() ?? "") : [];

    /// <summary>A scalar as text, including numbers and booleans.</summary>
    public static string? Text(this JsonNode? node, string path) => node.At(path) is JsonValue value ? value.ToString() : null;

    public static int? Number(this JsonNode? node, string path) =>
        int.TryParse(node.Text(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Keys and strings of a mapping.</summary>
    public static IReadOnlyDictionary<string, string> Texts(this JsonObject? map) =>
        map?.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "") ?? [];
}
