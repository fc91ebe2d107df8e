using System.Text.Json;

namespace Jiceng.Cli.Running;

/// <summary>Logs of the children. Services write JSON lines; users read time, level and message.</summary>
internal static class LogFile
{
    public static IReadOnlyList<string> Last(string path, int count)
    {
        var lines = new Queue<string>();
        foreach (var line in File.ReadLines(path))
        {
            lines.Enqueue(Readable(line));
            if (lines.Count > count) lines.Dequeue();
        }

        return [.. lines];
    }

    /// <summary>Reports the last lines and then every new one, until cancelled.</summary>
    public static async Task FollowAsync(string path, int last, Action<string> line, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete };
        using var reader = new StreamReader(path, options);
        var tail = new Queue<string>();
        while (await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            tail.Enqueue(text);
            if (tail.Count > last) tail.Dequeue();
        }

        foreach (var text in tail) line(Readable(text));
        while (true)
        {
            while (await reader.ReadLineAsync(cancellationToken) is { } text) line(Readable(text));
            await Task.Delay(200, cancellationToken);
        }
    }

    /// <summary>Formats a JSON log line of a service as plain text; returns other lines unchanged.</summary>
    public static string Readable(string line)
    {
        if (!line.StartsWith('{')) return line;
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var message = Text(root, "message");
            if (message is null) return line;
            string?[] parts = [Text(root, "time"), Text(root, "level"), message, Text(root, "exception"), Text(root, "trace_id") is { } id ? $"trace {id}" : null];
            return string.Join("  ", parts.Where(p => !string.IsNullOrEmpty(p)));
        }
        catch (JsonException)
        {
            return line;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
