using System.Globalization;
using Google.Protobuf;
using Jiceng.Cli.Clients;
using Jiceng.Domain;
using Jiceng.Scoring.V1;

namespace Jiceng.Cli.Demo;

/// <summary>The schemes of data/schemes, brought into force through the ordinary calls.</summary>
internal static class Schemes
{
    /// <summary>Grid workers (网格员) by the quarter.</summary>
    public const string GridWorkers = "grid-workers-quarter.json";

    /// <summary>Leadership members (班子成员) by the quarter: the published rules of figure F1.</summary>
    public const string LeadershipMembers = "shangan-leadership-quarter.json";

    /// <summary>The published scheme of this file for the place; drafted and published when it is missing.</summary>
    public static async Task<Scheme> EnsureAsync(Gateway gateway, Calls caller, string root, string file, string place, CancellationToken cancellationToken)
    {
        var wanted = JsonParser.Default.Parse<Scheme>(await File.ReadAllTextAsync(Path.Combine(root, "data", "schemes", file), cancellationToken));
        wanted.PlaceCode = place;
        var known = await gateway.Schemes.ListSchemesAsync(new ListSchemesRequest { PlaceCode = wanted.PlaceCode, PageSize = 1000 }, caller.Options(cancellationToken));
        var same = known.Schemes.Where(s => s.Name == wanted.Name && s.PlaceCode == wanted.PlaceCode).ToList();
        if (same.FirstOrDefault(s => s.State == SchemeState.Published) is { } published) return published;

        var draft = same.FirstOrDefault() ?? await gateway.Schemes.CreateSchemeAsync(
            new CreateSchemeRequest { Scheme = wanted, RequestId = gateway.RequestId() }, caller.Options(cancellationToken));
        var today = ChinaTime.Day(gateway.Time.GetUtcNow());
        return await gateway.Schemes.PublishSchemeAsync(new PublishSchemeRequest
        {
            SchemeId = draft.SchemeId,
            Version = draft.Version,
            Etag = draft.Etag,
            EffectiveDate = new DateOnly(today.Year, ((today.Month - 1) / 3 * 3) + 1, 1).ToString("O", CultureInfo.InvariantCulture),
            RequestId = gateway.RequestId(),
        }, caller.Options(cancellationToken));
    }
}
