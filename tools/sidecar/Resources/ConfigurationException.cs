namespace Jiceng.Sidecar.Resources;

/// <summary>
/// The command line or a resource file contains an unsupported or invalid setting; the message names it and its location.
/// </summary>
internal sealed class ConfigurationException(string message) : Exception(message);
