using Jiceng.Cadre.Records.Domain;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Records;

/// <summary>Writes a record with its event and audit row.</summary>
internal static class RecordWriter
{
    public static void AddOnCommit(UnitOfWork work, Record record)
    {
        RecordStore.AddOnCommit(work, record);
        work.Publish(record.Id.ToString(), record.Place, Record.Version, record.ToEvent());
        work.Audit($"{EnumNames.Of(record.Kind)}.record", "record", record.Id.ToString(), record.Place.Value);
    }
}
