using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace Jiceng.EndToEndTests.Images;

/// <summary>An image in the OCI layout: its configuration, and its files extracted as a container sees them.</summary>
internal sealed class ImageArchive : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-image-");

    private ImageArchive() => Root = Path.Combine(_folder.FullName, "root");

    public string Root { get; }

    public JsonElement Configuration { get; private set; }

    public IReadOnlyList<string> Entrypoint => [.. Configuration.GetProperty(nameof(Entrypoint)).EnumerateArray().Select(word => word.GetString()!)];

    public IReadOnlyDictionary<string, string> Environment =>
        Configuration.GetProperty("Env").EnumerateArray().Select(pair => pair.GetString()!.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    public string Label(string name) => Configuration.GetProperty("Labels").TryGetProperty(name, out var label) ? label.GetString()! : "";

    public static async Task<ImageArchive> OpenAsync(string path)
    {
        var image = new ImageArchive();
        var layout = image._folder.CreateSubdirectory("layout").FullName;
        Directory.CreateDirectory(image.Root);
        await TarFile.ExtractToDirectoryAsync(path, layout, overwriteFiles: true);

        using var index = Read(Path.Combine(layout, "index.json"));
        using var manifest = Blob(index.RootElement.GetProperty("manifests")[0]);
        using var config = Blob(manifest.RootElement.GetProperty("config"));
        image.Configuration = config.RootElement.GetProperty("config").Clone();
        foreach (var layer in manifest.RootElement.GetProperty("layers").EnumerateArray())
        {
            await using var packed = File.OpenRead(PathOf(layer));
            await using var plain = new GZipStream(packed, CompressionMode.Decompress);
            await TarFile.ExtractToDirectoryAsync(plain, image.Root, overwriteFiles: true);
        }

        Directory.Delete(layout, recursive: true);
        // Temporary folders are private to their owner; a container's root is readable by everyone.
        foreach (var folder in (string[])[image._folder.FullName, image.Root]) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        return image;

        static JsonDocument Read(string file) => JsonDocument.Parse(File.ReadAllBytes(file));
        JsonDocument Blob(JsonElement descriptor) => Read(PathOf(descriptor));
        string PathOf(JsonElement descriptor) => Path.Combine(layout, "blobs", descriptor.GetProperty("digest").GetString()!.Replace(':', '/'));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
