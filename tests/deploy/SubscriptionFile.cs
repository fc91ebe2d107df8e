namespace Jiceng.DeployTests;

/// <summary>deploy/dapr/&lt;service&gt;.yaml, generated from the subscriptions in the code of the service.</summary>
internal static class SubscriptionFile
{
    /// <summary>Set to 1 to write the files instead of comparing them.</summary>
    private const string Write = "JICENG_WRITE_DOCS";

    public static string PathOf(string service) => Path.Combine("deploy", "dapr", $"{service}.yaml");

    /// <summary>The committed text, regenerated first when requested.</summary>
    public static string Committed(string service, string generated)
    {
        if (Environment.GetEnvironmentVariable(Write) == "1") File.WriteAllText(Path.Combine(Repository.Root, PathOf(service)), generated);
        return Repository.Read(PathOf(service));
    }

    public static string Generate(string service, string pubsub, IEnumerable<string> topics)
    {
        var dead = $"jiceng.{service}.dead.v1";
        var heard = topics.Order(StringComparer.Ordinal).Select(topic => Subscription(NameOf(service, topic), topic, $"/events/{topic}", dead));
        return $"# Generated from the subscriptions of {service}; see CONTRIBUTING.md. The dead-letter topic has no dead-letter topic: a dead letter that fails must not circulate.\n"
            + string.Join("---\n", heard.Append(Subscription($"{service}-dead", dead, "/events/dead", deadLetters: null)));

        string Subscription(string name, string topic, string route, string? deadLetters) =>
            $"""
            apiVersion: dapr.io/v2alpha1
            kind: Subscription
            metadata:
              name: {name}
            spec:
              pubsubname: {pubsub}
              topic: {topic}
              routes:
                default: {route}
            {(deadLetters is null ? "" : $"  deadLetterTopic: {deadLetters}\n")}scopes: [{service}]

            """;
    }

    // The topic jiceng.grid.case.v1 in scoring becomes scoring-grid-case.
    private static string NameOf(string service, string topic) => $"{service}-{string.Join('-', topic.Split('.')[1..^1])}";
}
