namespace Jiceng.Sidecar.Publishing;

/// <summary>The topics of a component that an app may publish and subscribe to. Null when the app is not listed.</summary>
internal sealed record TopicScopes(
    IReadOnlySet<string>? Publishing, IReadOnlySet<string>? Subscribing, IReadOnlySet<string> Allowed, IReadOnlySet<string> Protected)
{
    public static TopicScopes Parse(string appId, string? publishing, string? subscribing, string? allowed, string? isProtected) =>
        new(ForApp(appId, publishing), ForApp(appId, subscribing), Topics(allowed), Topics(isProtected));

    public bool MayPublish(string topic) => May(topic, Publishing);

    public bool MaySubscribe(string topic) => May(topic, Subscribing);

    private bool May(string topic, IReadOnlySet<string>? scoped)
    {
        if (Allowed.Count > 0 && !Allowed.Contains(topic)) return false;
        return scoped?.Contains(topic) ?? !Protected.Contains(topic);
    }

    /// <summary>Parses "app1=t1,t2;app2=": an app listed without topics may use none.</summary>
    private static HashSet<string>? ForApp(string appId, string? scopes) => (scopes ?? "")
        .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => entry.Split('=', 2, StringSplitOptions.TrimEntries))
        .Where(parts => parts.Length == 2 && parts[0] == appId)
        .Select(parts => Topics(parts[1]))
        .LastOrDefault();

    private static HashSet<string> Topics(string? list) =>
        [.. (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
}
