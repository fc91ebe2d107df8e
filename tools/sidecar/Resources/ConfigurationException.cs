namespace Jiceng.Sidecar.Resources;

/// <summary>Something in the command line or the resource files that this sidecar cannot honour; the message names it and where it is.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);
