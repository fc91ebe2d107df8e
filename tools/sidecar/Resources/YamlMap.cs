using System.Globalization;
using Jiceng.Sidecar.Events;
using YamlDotNet.RepresentationModel;

namespace Jiceng.Sidecar.Resources;

/// <summary>
/// A YAML mapping whose keys are taken one by one; <see cref="RejectUnknown"/> then reports the remaining ones. A setting is either
/// supported or rejected: a silently ignored one would behave differently under daprd.
/// </summary>
internal sealed class YamlMap(YamlMappingNode node, string place)
{
    private readonly Dictionary<string, YamlNode> _left = node.Children.ToDictionary(pair => Scalar(pair.Key, place), pair => pair.Value);

    public string Place { get; } = place;

    public IReadOnlyCollection<string> Keys => _left.Keys;

    public string? TakeText(string key) => _left.Remove(key, out var value) ? Scalar(value, $"{Place}.{key}") : null;

    public string NeedText(string key) =>
        TakeText(key) is { Length: > 0 } text ? text : throw new ConfigurationException($"{Place}.{key} is missing");

    public YamlMap? TakeMap(string key)
    {
        if (!_left.Remove(key, out var value) || IsEmpty(value)) return null;
        return value is YamlMappingNode map ? new YamlMap(map, $"{Place}.{key}") : throw new ConfigurationException($"{Place}.{key} must be a mapping");
    }

    public YamlMap NeedMap(string key) => TakeMap(key) ?? throw new ConfigurationException($"{Place}.{key} is missing");

    public IReadOnlyList<YamlMap> TakeMaps(string key) =>
        [.. TakeList(key).Select((item, index) => item is YamlMappingNode map
            ? new YamlMap(map, $"{Place}.{key}[{index}]")
            : throw new ConfigurationException($"{Place}.{key}[{index}] must be a mapping"))];

    public IReadOnlyList<string> TakeTexts(string key) => [.. TakeList(key).Select((item, index) => Scalar(item, $"{Place}.{key}[{index}]"))];

    /// <summary>Takes all entries of a mapping from names to mappings.</summary>
    public IReadOnlyList<(string Name, YamlMap Map)> TakeNamedMaps(string key)
    {
        if (TakeMap(key) is not { } map) return [];
        return [.. map.Keys.ToList().Select(name => (name, map.NeedMap(name)))];
    }

    public bool TakeBool(string key, bool fallback) => TakeText(key) switch
    {
        null => fallback,
        var text => GoValues.TryBool(text, out var value) ? value : throw Bad(key, text, "true or false"),
    };

    public int? TakeInt(string key) => TakeText(key) switch
    {
        null => null,
        var text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Bad(key, text, "a whole number"),
    };

    public TimeSpan? TakeDuration(string key) => TakeText(key) switch
    {
        null => null,
        var text => GoValues.TryDuration(text, out var value) && value >= TimeSpan.Zero ? value : throw Bad(key, text, "a duration such as 500ms, 5s or 1m"),
    };

    /// <summary>Accepts keys that have no effect on a local sidecar.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys) _left.Remove(key);
    }

    public void RejectUnknown()
    {
        if (_left.Count > 0)
            throw new ConfigurationException($"{Place} has settings that this sidecar does not know: {string.Join(", ", _left.Keys)}");
    }

    private static bool IsEmpty(YamlNode node) => node is YamlScalarNode { Value: null or "" or "null" or "~" };

    private static string Scalar(YamlNode node, string place) =>
        node is YamlScalarNode scalar ? scalar.Value ?? "" : throw new ConfigurationException($"{place} must be a single value");

    private IEnumerable<YamlNode> TakeList(string key)
    {
        if (!_left.Remove(key, out var value) || IsEmpty(value)) return [];
        return value is YamlSequenceNode list ? list.Children : throw new ConfigurationException($"{Place}.{key} must be a list");
    }

    private ConfigurationException Bad(string key, string text, string wanted) => new($"{Place}.{key} is '{text}'; it must be {wanted}");
}
