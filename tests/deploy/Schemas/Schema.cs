using System.Text.Json.Nodes;
using Jiceng.DeployTests.Rendering;

namespace Jiceng.DeployTests.Schemas;

/// <summary>
/// Validates objects against a schema (see the README.md in this folder): each field known and of its type, and none missing.
/// </summary>
internal sealed class Schema
{
    private readonly Dictionary<string, string> _objects = [];
    private readonly Dictionary<string, JsonNode> _types = [];

    private Schema()
    {
        foreach (var file in (string[])["kubernetes.json", "dapr.json"])
        {
            using var stream = typeof(Schema).Assembly.GetManifestResourceStream(file)!;
            var content = JsonNode.Parse(stream)!;
            // The two files have types of the same name.
            string Own(string name) => $"{file}/{name}";
            foreach (var (kind, type) in content["objects"]!.AsObject()) _objects.Add(kind, Own(type!.GetValue<string>()));
            foreach (var (name, type) in content["types"]!.AsObject()) _types.Add(Own(name), type!);
        }
    }

    public static Schema Known { get; } = new();

    public IEnumerable<string> Problems(KubeObject made) => _objects.TryGetValue($"{made.ApiVersion}/{made.Kind}", out var type)
        ? Check(made.Content, _types[type], type.Split('/')[0], made.ToString())
        : [$"{made}: {made.ApiVersion}/{made.Kind} is no kind that is known here (tests/deploy/Schemas)."];

    private IEnumerable<string> Check(JsonNode? value, JsonNode type, string file, string place) => type switch
    {
        JsonObject fields => CheckMap(value, fields, file, place),
        JsonArray items => value is JsonArray list
            ? list.SelectMany((item, index) => Check(item, items[0]!, file, $"{place}[{index}]"))
            : [$"{place} has to be a list."],
        _ => CheckNamed(value, type.GetValue<string>(), file, place),
    };

    private IEnumerable<string> CheckMap(JsonNode? value, JsonObject fields, string file, string place)
    {
        if (value is not JsonObject map) return [$"{place} has to be a mapping."];
        if (fields.TryGetPropertyValue("*", out var any)) return map.SelectMany(pair => Check(pair.Value, any!, file, $"{place}.{pair.Key}"));
        var missing = fields.Where(field => field.Key.EndsWith('!') && !map.ContainsKey(field.Key[..^1])).Select(field => $"{place}.{field.Key[..^1]} is missing.");
        return missing.Concat(map.SelectMany(pair => (fields[pair.Key] ?? fields[$"{pair.Key}!"]) is { } known
            ? Check(pair.Value, known, file, $"{place}.{pair.Key}")
            : [$"{place}.{pair.Key} is unknown."]));
    }

    private IEnumerable<string> CheckNamed(JsonNode? value, string type, string file, string place)
    {
        if (type == "any") return [];
        if (type.StartsWith('='))
            return type[1..].Split('|').Contains(value?.ToString()) ? [] : [$"{place} is '{value}'; it has to be {type[1..].Replace("|", " or ")}."];
        if (_types.TryGetValue($"{file}/{type}", out var named)) return Check(value, named, file, place);
        return type.Split('|').Contains(value?.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.String => "string",
            System.Text.Json.JsonValueKind.Number => "number",
            System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => "boolean",
            _ => "",
        })
            ? []
            : [$"{place} is {value?.ToJsonString() ?? "null"}; it has to be a {type.Replace("|", " or ")}."];
    }
}
