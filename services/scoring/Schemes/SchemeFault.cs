namespace Jiceng.Scoring.Schemes;

/// <summary>Why a scheme cannot be published: the field, and what would be right.</summary>
internal sealed record SchemeFault(string Field, string English, string Chinese);
