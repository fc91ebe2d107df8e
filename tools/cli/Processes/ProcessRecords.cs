using System.Text.Json;

namespace Jiceng.Cli.Processes;

/// <summary>The started processes, one file each, so that the next run can clean up after a killed runner.</summary>
internal sealed class ProcessRecords(string folder)
{
    public IReadOnlyList<ProcessRecord> Read() =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.process.json").Select(Load).OfType<ProcessRecord>().OrderBy(r => r.Name, StringComparer.Ordinal)]
            : [];

    public void Write(ProcessRecord record)
    {
        // Renamed into place, so that a reader never sees a partial record.
        var path = PathOf(record.Name);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(record));
        File.Move(path + ".new", path, overwrite: true);
    }

    public void Remove(string name) => File.Delete(PathOf(name));

    /// <summary>Stops and forgets the processes of earlier runs; returns the names of those still running.</summary>
    public async Task<IReadOnlyList<string>> StopAllAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var records = Read();
        var alive = records.Where(r => r.Process.Alive).ToList();
        // Servers go last: the services still have to finish their writes.
        foreach (var group in alive.GroupBy(r => r.StopLast).OrderBy(g => g.Key))
            await Task.WhenAll(group.Select(r => r.Process.StopAsync(r.StopSignal, patience, cancellationToken)));
        foreach (var record in records) Remove(record.Name);
        return [.. alive.Select(r => r.Name)];
    }

    private static ProcessRecord? Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<ProcessRecord>(File.ReadAllText(path));
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            return null;
        }
    }

    private string PathOf(string name) => Path.Combine(folder, name + ".process.json");
}

internal sealed record ProcessRecord(string Name, ProcessIdentity Process, int StopSignal, bool StopLast);
