namespace Dapr;

/// <summary>A call to the sidecar failed; the cause is the inner exception.</summary>
public class DaprException(string message, Exception? innerException) : Exception(message, innerException)
{
    public DaprException(string message)
        : this(message, null)
    {
    }
}
