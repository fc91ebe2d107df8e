namespace Jiceng.Scoring.Schemes.Domain;

/// <summary>Why a scheme cannot be published: the field, and what would be right.</summary>
internal sealed record SchemeFault(string Field, string English, string Chinese);
