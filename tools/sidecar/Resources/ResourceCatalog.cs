namespace Jiceng.Sidecar.Resources;

/// <summary>The resources that apply to an app.</summary>
internal sealed record ResourceCatalog(
    IReadOnlyList<PubsubResource> Pubsubs, IReadOnlyList<SubscriptionResource> Subscriptions, IReadOnlyList<ResiliencyResource> Resiliencies)
{
    /// <exception cref="ConfigurationException">A document that applies to the app requires an unsupported feature.</exception>
    public static ResourceCatalog Read(IEnumerable<string> folders, string appId, Func<string, string?> environment)
    {
        var pubsubs = new List<PubsubResource>();
        var subscriptions = new List<SubscriptionResource>();
        var resiliencies = new List<ResiliencyResource>();
        foreach (var document in ResourceDocument.ReadFolders(folders).Where(d => d.AppliesTo(appId)))
        {
            document.Root.Ignore("apiVersion", "kind", "metadata", "scopes");
            switch (document.Kind, document.ApiVersion)
            {
                case ("Component", "dapr.io/v1alpha1"):
                    pubsubs.Add(PubsubResource.Read(document, appId, environment));
                    break;
                case ("Subscription", "dapr.io/v1alpha1" or "dapr.io/v2alpha1"):
                    subscriptions.Add(SubscriptionResource.Read(document));
                    break;
                case ("Resiliency", "dapr.io/v1alpha1"):
                    resiliencies.Add(ResiliencyResource.Read(document));
                    break;
                case ("Configuration", _):
                    // daprd reads a Configuration only from --config and ignores it here.
                    break;
                default:
                    throw document.Wrong($"this sidecar does not know {document.Kind} of {document.ApiVersion}");
            }
        }

        foreach (var twice in pubsubs.GroupBy(p => p.Name).Where(g => g.Count() > 1))
            throw new ConfigurationException($"the component {twice.Key} is defined twice");
        return new ResourceCatalog(pubsubs, subscriptions, resiliencies);
    }
}
