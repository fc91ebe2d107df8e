using System.Text.Json.Serialization;

namespace Dapr;

/// <summary>A CloudEvent without data. Published, it and its subclasses go as application/cloudevents+json.</summary>
public class CloudEvent
{
    [JsonPropertyName("source")]
    public Uri? Source { get; init; }

    [JsonPropertyName("type")]
    public string? Type { get; init; }

    [JsonPropertyName("subject")]
    public string? Subject { get; init; }
}

/// <summary>A CloudEvent with data.</summary>
public class CloudEvent<TData>(TData data) : CloudEvent
{
    public TData Data { get; } = data;

    [JsonPropertyName("datacontenttype")]
    public string DataContentType { get; } = "application/json";
}
