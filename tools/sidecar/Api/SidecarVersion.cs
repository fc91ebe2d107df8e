namespace Jiceng.Sidecar.Api;

internal static class SidecarVersion
{
    /// <summary>The daprd whose behaviour this is, and a suffix that says it is not daprd.</summary>
    public const string Text = "1.17.0+jiceng.sidecar";
}
