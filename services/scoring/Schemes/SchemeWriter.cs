using Jiceng.Persistence;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Schemes.Domain;

namespace Jiceng.Scoring.Schemes;

/// <summary>Writes a version of a scheme with its audit row; the first one that is published scores what happened since it holds.</summary>
internal static class SchemeWriter
{
    public static async Task AddAsync(UnitOfWork work, Scheme draft, string action, CancellationToken cancellationToken)
    {
        await SchemeStore.InsertAsync(work, draft, cancellationToken);
        Audit(work, action, draft);
    }

    /// <summary>Writes a draft that was locked, as edited or as published; publication is locked for the latter.</summary>
    public static async Task SaveAsync(UnitOfWork work, Scheme scheme, string action, CancellationToken cancellationToken)
    {
        await SchemeStore.UpdateAsync(work, scheme, cancellationToken);
        if (scheme is { State: SchemeState.Published, Version: 1 }) await PointsPoster.ExamineAsync(work, scheme, cancellationToken);
        Audit(work, action, scheme);
    }

    private static void Audit(UnitOfWork work, string action, Scheme scheme) =>
        work.Audit(action, "scheme", scheme.Id.ToString(), scheme.Place.Value, $$"""{"version": {{scheme.Version}}}""");
}
