using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Jiceng.Cli.Images;

/// <summary>
/// Replaces the tags of third-party images with the digests that their registries report, so that an overlay runs what was reviewed.
/// Digests require a query to the registry, so the checkout contains tags.
/// </summary>
internal sealed partial class ImagePins(HttpClient http)
{
    private static readonly MediaTypeWithQualityHeaderValue[] Manifests =
    [
        new("application/vnd.oci.image.index.v1+json"), new("application/vnd.docker.distribution.manifest.list.v2+json"),
        new("application/vnd.oci.image.manifest.v1+json"), new("application/vnd.docker.distribution.manifest.v2+json"),
    ];

    /// <summary>References to third-party images without a digest: a file with a single reference, or values of <c>image:</c>.</summary>
    public static IEnumerable<string> Unpinned(string text) =>
        Reference().Matches(text).Select(match => match.Groups["name"].Value).Where(name => !name.StartsWith("jiceng/", StringComparison.Ordinal)).Distinct();

    public static string Pinned(string text, string name, string digest) =>
        Reference().Replace(text, match => match.Groups["name"].Value == name ? $"{match.Value}@{digest}" : match.Value);

    public async Task<string> DigestAsync(string name, CancellationToken cancellationToken)
    {
        var (address, repository, tag) = Parse(name);
        var manifest = new Uri(address, $"/v2/{repository}/manifests/{tag}");
        using var first = await HeadAsync(manifest, null, cancellationToken);
        if (first.StatusCode != HttpStatusCode.Unauthorized) return DigestOf(first, name);

        using var second = await HeadAsync(manifest, await TokenAsync(first, cancellationToken), cancellationToken);
        return DigestOf(second, name);
    }

    /// <summary>Parses host[:port]/path:tag; without a host, the image is on Docker Hub.</summary>
    internal static (Uri Registry, string Repository, string Tag) Parse(string name)
    {
        var colon = name.LastIndexOf(':');
        if (colon <= name.LastIndexOf('/')) throw new CliException($"{name} has no tag; specify one, for example name:1.2.3.");
        var (path, tag) = (name[..colon], name[(colon + 1)..]);
        var host = path.Split('/')[0];
        if (path == host || !(host.Contains('.', StringComparison.Ordinal) || host.Contains(':', StringComparison.Ordinal) || host == "localhost"))
            return (new UriBuilder("https", "registry-1.docker.io").Uri, path == host ? $"library/{path}" : path, tag);
        var local = host.Split(':')[0] is "localhost" or "127.0.0.1";
        return (new Uri($"{(local ? "http" : "https")}://{host}"), path[(host.Length + 1)..], tag);
    }

    private async Task<HttpResponseMessage> HeadAsync(Uri manifest, string? token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, manifest);
        foreach (var type in Manifests) request.Headers.Accept.Add(type);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await http.SendAsync(request, cancellationToken);
    }

    /// <summary>Requests a read token from the issuer that the registry names.</summary>
    private async Task<string> TokenAsync(HttpResponseMessage refused, CancellationToken cancellationToken)
    {
        var asked = Challenge().Matches(refused.Headers.WwwAuthenticate.ToString()).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);
        if (!asked.TryGetValue("realm", out var realm)) throw new CliException($"{refused.RequestMessage?.RequestUri} requires a login; sign in with your registry's tools and pin the image manually.");
        var query = string.Join('&', asked.Where(pair => pair.Key is "service" or "scope").Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
        using var answer = JsonDocument.Parse(await http.GetStringAsync(new Uri($"{realm}?{query}"), cancellationToken));
        return (answer.RootElement.TryGetProperty("token", out var token) ? token : answer.RootElement.GetProperty("access_token")).GetString()!;
    }

    private static string DigestOf(HttpResponseMessage answer, string name) =>
        answer.IsSuccessStatusCode && answer.Headers.TryGetValues("Docker-Content-Digest", out var digest)
            ? digest.Single()
            : throw new CliException($"{answer.RequestMessage?.RequestUri} returned no digest for {name}: HTTP {(int)answer.StatusCode}.");

    [GeneratedRegex(@"(?m)(?:^\s*(?:- )?image:\s*|\A)""?(?<name>[\w.-]+(?::\d+)?(?:/[\w.-]+)*:[\w.-]+)(?=""?\s*$)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"(?<name>\w+)=""(?<value>[^""]*)""")]
    private static partial Regex Challenge();
}
