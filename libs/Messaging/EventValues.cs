using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Jiceng.Messaging;

/// <summary>Reads values of events that may be missing or impossible.</summary>
public static class EventValues
{
    /// <summary>The CloudEvents type that the message declares in the contracts.</summary>
    /// <typeparam name="T">The payload.</typeparam>
    /// <exception cref="ArgumentException">The message is no event of the contracts.</exception>
    public static string TypeOf<T>()
        where T : IMessage<T>, new() => EventTypes.Of(new T().Descriptor).Name;

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
