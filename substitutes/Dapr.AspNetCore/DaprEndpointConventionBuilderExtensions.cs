using Dapr;

namespace Microsoft.AspNetCore.Builder;

public static class DaprEndpointConventionBuilderExtensions
{
    public static T WithTopic<T>(this T builder, string pubsubName, string name)
        where T : IEndpointConventionBuilder =>
        builder.WithTopic(pubsubName, name, false);

    public static T WithTopic<T>(this T builder, string pubsubName, string name, IDictionary<string, string>? metadata)
        where T : IEndpointConventionBuilder =>
        builder.WithTopic(pubsubName, name, false, metadata);

    public static T WithTopic<T>(this T builder, string pubsubName, string name, bool enableRawPayload)
        where T : IEndpointConventionBuilder =>
        builder.WithTopic(pubsubName, name, enableRawPayload, null);

    public static T WithTopic<T>(
        this T builder, string pubsubName, string name, bool enableRawPayload, IDictionary<string, string>? metadata)
        where T : IEndpointConventionBuilder =>
        builder.WithTopic(new TopicOptions
        {
            PubsubName = pubsubName,
            Name = name,
            EnableRawPayload = enableRawPayload,
            Metadata = metadata,
        });

    /// <summary>Makes the endpoint a handler of the topic; <c>MapSubscribeHandler</c> tells the sidecar of it.</summary>
    public static T WithTopic<T>(this T builder, TopicOptions topicOptions)
        where T : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(topicOptions);
        ArgumentException.ThrowIfNullOrEmpty(topicOptions.PubsubName);
        ArgumentException.ThrowIfNullOrEmpty(topicOptions.Name);
        foreach (var (key, value) in topicOptions.Metadata ?? new Dictionary<string, string>())
            builder.WithMetadata(new TopicSetting(key, value));
        return builder.WithMetadata(
            new TopicAttribute(topicOptions.PubsubName, topicOptions.Name, topicOptions.DeadLetterTopic, topicOptions.EnableRawPayload)
            {
                Match = topicOptions.Match,
                Priority = topicOptions.Priority,
            });
    }
}
