using Jiceng.Cadre.Liaisons.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Liaisons;

/// <summary>Writes a liaison with its event and audit row.</summary>
internal static class LiaisonWriter
{
    public static void AddOnCommit(UnitOfWork work, Liaison liaison)
    {
        LiaisonStore.AddOnCommit(work, liaison);
        Publish(work, liaison, "liaison.assign");
    }

    public static void SaveOnCommit(UnitOfWork work, Liaison liaison)
    {
        LiaisonStore.SaveOnCommit(work, liaison);
        Publish(work, liaison, "liaison.end");
    }

    private static void Publish(UnitOfWork work, Liaison liaison, string action)
    {
        work.Publish(liaison.Id.ToString(), liaison.Place, liaison.Version, liaison.ToEvent());
        work.Audit(action, "liaison", liaison.Id.ToString(), liaison.Place.Value);
    }
}
