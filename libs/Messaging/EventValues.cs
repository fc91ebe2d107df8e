using Google.Protobuf.WellKnownTypes;

namespace Jiceng.Messaging;

/// <summary>Reads values of payloads that may be missing or impossible.</summary>
public static class EventValues
{
    /// <summary>A point in time.</summary>
    /// <exception cref="FormatException">It is missing or out of range: the event is malformed.</exception>
    public static DateTimeOffset Time(Timestamp? time)
    {
        try
        {
            return (time ?? throw new FormatException("A time is missing.")).ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            throw new FormatException("A time is out of range.");
        }
    }
}
