namespace Dapr;

public class CloudEventsMiddlewareOptions
{
    /// <summary>Leaves text data in its JSON quotes, as version 1.0 did.</summary>
    public bool SuppressJsonDecodingOfTextPayloads { get; set; }

    /// <summary>Adds the event's properties to the request as headers named <c>Cloudevent.property</c>.</summary>
    public bool ForwardCloudEventPropertiesAsHeaders { get; set; }

    /// <summary>Only these properties become headers.</summary>
    public string[]? IncludedCloudEventPropertiesAsHeaders { get; set; }

    /// <summary>These properties do not become headers; not read where the included ones are named.</summary>
    public string[]? ExcludedCloudEventPropertiesFromHeaders { get; set; }
}
