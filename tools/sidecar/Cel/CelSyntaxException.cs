namespace Jiceng.Sidecar.Cel;

/// <summary>The rule is invalid CEL or uses an unsupported feature.</summary>
internal sealed class CelSyntaxException(string message) : Exception(message);

/// <summary>The rule cannot be evaluated for this event, for example because a field is missing.</summary>
internal sealed class CelEvaluationException(string message) : Exception(message);
