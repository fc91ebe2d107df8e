namespace Jiceng.TestSupport;

/// <summary>The Node packages that the tests call with: clients of Connect, a validator of OpenAPI, Standard Webhooks.</summary>
public static class NodeModules
{
    /// <summary>The folder that holds node_modules.</summary>
    public static string Folder() => Environment.GetEnvironmentVariable("JICENG_NODE_CLIENTS") is { Length: > 0 } folder
        ? folder
        : throw new InvalidOperationException(
            "JICENG_NODE_CLIENTS is not set. Run the tests by ./jiceng test, which fetches the packages; or `npm ci` in a copy of tests/integration/Gateway/node and name that folder.");
}
