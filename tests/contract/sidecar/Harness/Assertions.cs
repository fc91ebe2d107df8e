using System.Net;
using System.Text.Json;

namespace Jiceng.SidecarConformance.Harness;

internal static class Assertions
{
    public static string Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString()! : throw new ShouldAssertException($"there is no field {name} in {element}");

    public static bool Has(this JsonElement element, string name) => element.TryGetProperty(name, out _);

    /// <summary>Asserts that the response is daprd's error with this status, code and reason; returns its body.</summary>
    public static async Task<JsonElement> ShouldBeErrorAsync(this HttpResponseMessage response, HttpStatusCode status, string code, string? reason = null)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(status, text);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/json");
        var body = JsonDocument.Parse(text).RootElement;
        body.Text("errorCode").ShouldBe(code);
        if (reason is not null)
        {
            var info = body.GetProperty("details").EnumerateArray().Single(d => d.Text("@type") == "type.googleapis.com/google.rpc.ErrorInfo");
            info.Text("reason").ShouldBe(reason);
            info.Text("domain").ShouldBe("dapr.io");
        }

        return body;
    }
}
