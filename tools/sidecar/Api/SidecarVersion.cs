namespace Jiceng.Sidecar.Api;

internal static class SidecarVersion
{
    /// <summary>The emulated daprd version, with a suffix that identifies the test double.</summary>
    public const string Text = "1.17.0+jiceng.sidecar";
}
