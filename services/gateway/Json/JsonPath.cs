using System.Globalization;
using System.Text;

namespace Jiceng.Gateway.Json;

/// <summary>Where in a request a value stands, as <c>rows.rows[3].name</c>.</summary>
internal sealed class JsonPath
{
    private readonly List<(string? Name, int Index)> _parts = [];

    public void Enter(string name) => _parts.Add((name, 0));

    public void Enter(int index) => _parts.Add((null, index));

    public void Leave() => _parts.RemoveAt(_parts.Count - 1);

    /// <summary>The path of a field in what stands here.</summary>
    public string Of(string name)
    {
        Enter(name);
        var path = ToString();
        Leave();
        return path;
    }

    public override string ToString()
    {
        var path = new StringBuilder();
        foreach (var (name, index) in _parts)
        {
            if (name is null) path.Append(CultureInfo.InvariantCulture, $"[{index}]");
            else path.Append(path.Length == 0 ? "" : ".").Append(name);
        }

        return path.Length == 0 ? "(the request)" : path.ToString();
    }
}
