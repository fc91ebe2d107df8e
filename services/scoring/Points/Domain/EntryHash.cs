using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points.Domain;

/// <summary>
/// Hash of an entry: SHA-256 over its fields in a fixed order, each as UTF-8 with its length before it, so that no text can be
/// moved from one field to the next. Changing this format would break every chain: a new format needs a tag of its own.
/// </summary>
internal static class EntryHash
{
    /// <summary>Previous hash of the first entry of a chain.</summary>
    public const string Genesis = "0000000000000000000000000000000000000000000000000000000000000000";

    private const string Tag = "jiceng.points.entry.v1";

    public static string Of(Entry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var field in Fields(entry))
        {
            var bytes = Encoding.UTF8.GetBytes(field);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string[] Fields(Entry entry) =>
    [
        Tag,
        entry.Id.ToString("D"),
        entry.Subject.Kind.Text(),
        entry.Subject.Id,
        entry.Sequence.ToString(CultureInfo.InvariantCulture),
        entry.SchemeId.ToString("D"),
        entry.SchemeVersion.ToString(CultureInfo.InvariantCulture),
        entry.RuleKey,
        entry.Role,
        entry.Group,
        PointsText.Format(entry.Points),
        PointsText.Format(entry.UncappedPoints),
        entry.Period,
        entry.Reason,
        entry.EventId.ToString("D"),
        entry.EventType,
        Time(entry.EventTime),
        entry.MatterId,
        entry.OnceKey,
        entry.TraceId,
        entry.Place.Value,
        Time(entry.PostTime),
        entry.CorrectsId?.ToString("D") ?? "",
        entry.CorrectorId,
        entry.PreviousHash,
    ];

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
