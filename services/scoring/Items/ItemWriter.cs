using System.Diagnostics;
using Jiceng.Persistence;
using Jiceng.Scoring.Items.Domain;
using Jiceng.Scoring.Points;

namespace Jiceng.Scoring.Items;

/// <summary>Writes an item with its audit row; a verified one is scored.</summary>
internal static class ItemWriter
{
    public static async Task AddAsync(UnitOfWork work, Item item, CancellationToken cancellationToken)
    {
        await ItemStore.InsertAsync(work, item, cancellationToken);
        Audit(work, "item.assign", item);
    }

    /// <summary>Writes an item that was locked.</summary>
    public static async Task SaveAsync(UnitOfWork work, Item item, string action, CancellationToken cancellationToken)
    {
        await ItemStore.UpdateAsync(work, item, cancellationToken);
        if (item.State == ItemState.Verified)
        {
            var trace = Activity.Current?.TraceId.ToHexString() ?? "";
            await PointsPoster.AddAsync(work, ItemFacts.Verified.ToFact(item, Guid.CreateVersion7(work.Now), work.Now, trace), cancellationToken);
        }

        Audit(work, action, item);
    }

    private static void Audit(UnitOfWork work, string action, Item item) => work.Audit(action, "item", item.Id.ToString(), item.Place.Value);
}
