using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Jiceng.Cli.Images;

/// <summary>
/// A CycloneDX 1.6 bill of materials from the <c>.deps.json</c> of the build, so that it lists what the image contains and not what a
/// project requested. Deterministic.
/// </summary>
internal static class Sbom
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(string deps)
    {
        var read = JsonNode.Parse(deps)!;
        var target = read["targets"]![read["runtimeTarget"]!["name"]!.GetValue<string>()]!.AsObject();
        var libraries = read["libraries"]!.AsObject();
        // The service is the only component that nothing depends on.
        var referred = target.SelectMany(one => Dependencies(one.Value)).ToHashSet();
        var self = target.Select(one => one.Key).Single(key => !referred.Contains(key) && Type(libraries, key) == "project");

        var bom = new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["version"] = 1,
            ["metadata"] = new JsonObject { ["component"] = Component(self, libraries, "application") },
            ["components"] = new JsonArray([.. target.Select(one => one.Key).Where(key => key != self).Order(StringComparer.Ordinal).Select(key => Component(key, libraries, "library"))]),
            ["dependencies"] = new JsonArray([.. target.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => new JsonObject
            {
                ["ref"] = one.Key,
                ["dependsOn"] = new JsonArray([.. Dependencies(one.Value).Where(target.ContainsKey).Order(StringComparer.Ordinal).Select(key => JsonValue.Create(key))]),
            })]),
        };
        return bom.ToJsonString(Json) + "\n";
    }

    private static JsonObject Component(string key, JsonObject libraries, string type)
    {
        var (name, version) = Split(key);
        var component = new JsonObject { ["type"] = type, ["bom-ref"] = key, ["name"] = name, ["version"] = version };
        if (Type(libraries, key) != "package") return component;

        component["purl"] = $"pkg:nuget/{name}@{version}";
        if (libraries[key]!["sha512"]?.GetValue<string>() is { Length: > 7 } hash && hash.StartsWith("sha512-", StringComparison.Ordinal))
        {
            component["hashes"] = new JsonArray(new JsonObject
            {
                ["alg"] = "SHA-512",
                ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(hash["sha512-".Length..])),
            });
        }

        return component;
    }

    private static IEnumerable<string> Dependencies(JsonNode? entry) =>
        entry?["dependencies"]?.AsObject().Select(one => $"{one.Key}/{one.Value!.GetValue<string>()}") ?? [];

    private static string? Type(JsonObject libraries, string key) => libraries[key]?["type"]?.GetValue<string>();

    private static (string Name, string Version) Split(string key)
    {
        var slash = key.LastIndexOf('/');
        return (key[..slash], key[(slash + 1)..]);
    }
}
