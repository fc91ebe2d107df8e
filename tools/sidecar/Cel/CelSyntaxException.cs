namespace Jiceng.Sidecar.Cel;

/// <summary>The rule uses CEL that this double does not have, or is not CEL at all.</summary>
internal sealed class CelSyntaxException(string message) : Exception(message);

/// <summary>The rule could not be decided for this event, for instance because a field is missing.</summary>
internal sealed class CelEvaluationException(string message) : Exception(message);
