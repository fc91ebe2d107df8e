using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Grpc.Core;

namespace Jiceng.Gateway.OpenApi;

/// <summary>A reason for an error of a service or of the gateway.</summary>
internal sealed record KnownReason(string Domain, string Reason, StatusCode Code, string English, string Chinese);

/// <summary>
/// Every reason of the suite, from errors.json, which a test in tests/architecture generates from the <c>*Errors</c> classes: the gateway may not
/// refer to the services.
/// </summary>
internal static class KnownReasons
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    public static IReadOnlyList<KnownReason> All { get; } = Read();

    /// <summary>The reasons that a caller of a service may get: its own, those of all services, and the gateway's.</summary>
    public static IEnumerable<KnownReason> Of(string service) =>
        All.Where(reason => reason.Domain == "jiceng" || reason.Domain == "gateway.jiceng" || reason.Domain == $"{service}.jiceng");

    private static KnownReason[] Read()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("errors.json") ?? throw new InvalidOperationException("errors.json is not in the gateway.");
        return JsonSerializer.Deserialize<KnownReason[]>(resource, Options)!;
    }
}
