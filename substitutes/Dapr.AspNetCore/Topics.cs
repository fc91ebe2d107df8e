namespace Dapr;

/// <summary>Makes an endpoint the handler of a topic.</summary>
public interface ITopicMetadata
{
    string Name { get; }

    string PubsubName { get; }

    /// <summary>CEL expression over the event; null takes what no other endpoint of the topic takes.</summary>
    string? Match { get; }

    /// <summary>Lower ones are tried first.</summary>
    int Priority { get; }
}

/// <summary>The settings of a subscription.</summary>
public class TopicOptions
{
    public string? Name { get; set; }

    public string? PubsubName { get; set; }

    public bool EnableRawPayload { get; set; }

    public string? Match { get; set; }

    public int Priority { get; set; }

    /// <summary>Topic for events that the endpoint could not take.</summary>
    public string? DeadLetterTopic { get; set; }

    /// <summary>Settings for the pub/sub component.</summary>
    public IDictionary<string, string>? Metadata;
}

[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
public class TopicAttribute : Attribute, ITopicMetadata
{
    public TopicAttribute(string pubsubName, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(pubsubName);
        ArgumentException.ThrowIfNullOrEmpty(name);
        PubsubName = pubsubName;
        Name = name;
    }

    public TopicAttribute(string pubsubName, string name, bool enableRawPayload)
        : this(pubsubName, name) => EnableRawPayload = enableRawPayload;

    public TopicAttribute(string pubsubName, string name, string? match, int priority)
        : this(pubsubName, name)
    {
        Match = match;
        Priority = priority;
    }

    public TopicAttribute(string pubsubName, string name, bool enableRawPayload, string? match, int priority)
        : this(pubsubName, name, match, priority) => EnableRawPayload = enableRawPayload;

    public TopicAttribute(string pubsubName, string name, string? deadLetterTopic, bool enableRawPayload)
        : this(pubsubName, name, enableRawPayload) => DeadLetterTopic = deadLetterTopic;

    public string Name { get; set; }

    public string PubsubName { get; set; }

    public bool? EnableRawPayload { get; set; }

    public new string? Match { get; set; }

    public int Priority { get; set; }

    public string? DeadLetterTopic { get; set; }
}

/// <summary>One setting for the pub/sub component, for every topic of the endpoint.</summary>
internal sealed record TopicSetting(string Key, string Value);
