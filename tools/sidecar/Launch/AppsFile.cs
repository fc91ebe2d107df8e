using System.Text.Json;
using Jiceng.Sidecar.Resources;

namespace Jiceng.Sidecar.Launch;

/// <summary>
/// --apps-file: a JSON array with an object per app. Property names are the flags without dashes; a repeatable flag takes an array; "env"
/// contains environment values for this app alone, such as APP_API_TOKEN.
/// </summary>
internal static class AppsFile
{
    public static IReadOnlyList<SidecarSettings> Read(string file, Func<string, string?> environment)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file));
            if (document.RootElement.ValueKind != JsonValueKind.Array) throw new ConfigurationException($"{file} must hold a list of apps");
            var apps = document.RootElement.EnumerateArray().Select((app, index) => ReadApp(app, $"{file}[{index}]", environment)).ToList();
            return apps.Count > 0 ? apps : throw new ConfigurationException($"{file} names no app");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{file} cannot be read as JSON: {e.Message}");
        }
    }

    private static SidecarSettings ReadApp(JsonElement app, string place, Func<string, string?> environment)
    {
        if (app.ValueKind != JsonValueKind.Object) throw new ConfigurationException($"{place} must be an object");
        var flags = new Flags();
        var own = new Dictionary<string, string>();
        foreach (var property in app.EnumerateObject())
        {
            if (property.Name == "env")
            {
                own = property.Value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ToString());
            }
            else if (property.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in property.Value.EnumerateArray()) flags.Add(property.Name, item.ToString());
            }
            else
            {
                flags.Add(property.Name, property.Value.ValueKind == JsonValueKind.True ? "true" : property.Value.ToString());
            }
        }

        try
        {
            return flags.ToSettings(name => own.GetValueOrDefault(name) ?? environment(name));
        }
        catch (ConfigurationException e)
        {
            throw new ConfigurationException($"{place}: {e.Message}");
        }
    }
}
