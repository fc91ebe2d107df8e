using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>What the gateway publishes about the contracts, as anybody fetches it.</summary>
internal sealed class PublishedFiles : IDisposable
{
    private readonly HttpClient _http;

    public PublishedFiles(GatewayRun gateway, string? token = null)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = gateway.HttpAddress };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod verb, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(verb, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request);
    }

    public async Task<byte[]> BytesAsync(string path)
    {
        using var answer = await GetAsync(path);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    public async Task<JsonObject> JsonAsync(string path) => JsonNode.Parse(await BytesAsync(path))!.AsObject();

    public void Dispose() => _http.Dispose();
}
