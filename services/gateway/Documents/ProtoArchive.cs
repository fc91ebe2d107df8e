using System.IO.Compression;

namespace Jiceng.Gateway.Documents;

/// <summary>The proto files as one archive whose bytes are the same wherever it is made of the same files.</summary>
internal static class ProtoArchive
{
    /// <summary>The earliest time that an archive can hold; the build's own would differ from replica to replica.</summary>
    private static readonly DateTimeOffset Always = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static byte[] Write(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, bytes) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
            {
                var entry = zip.CreateEntry(path, CompressionLevel.Optimal);
                entry.LastWriteTime = Always;
                using var to = entry.Open();
                to.Write(bytes);
            }
        }

        return archive.ToArray();
    }
}
