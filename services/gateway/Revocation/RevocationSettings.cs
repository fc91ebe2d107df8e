using Microsoft.Extensions.Options;

namespace Jiceng.Gateway.Revocation;

/// <summary>What is done with calls when nobody knows which tokens are revoked.</summary>
internal enum WhenUnknown
{
    /// <summary>Calls that change something are refused, the others pass.</summary>
    RefuseWrites,

    /// <summary>Every call is refused.</summary>
    RefuseAll,

    /// <summary>Every call passes, by the list that was known last.</summary>
    Allow,
}

/// <summary>The section <c>Revocation</c>.</summary>
internal sealed class RevocationSettings
{
    /// <summary>How often Redis is asked for new entries; a revoked token is rejected after this time at the latest.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A list that could not be read again for so long counts as unknown.</summary>
    public TimeSpan Trusted { get; set; } = TimeSpan.FromMinutes(10);

    public WhenUnknown WhenUnknown { get; set; }
}

internal sealed class RevocationSettingsValidator : IValidateOptions<RevocationSettings>
{
    public ValidateOptionsResult Validate(string? name, RevocationSettings options)
    {
        List<string> wrong = [];
        if (options.Period < TimeSpan.FromMilliseconds(10)) wrong.Add("Revocation:Period has to be at least 00:00:00.010");
        if (options.Trusted < options.Period) wrong.Add("Revocation:Trusted has to be at least Revocation:Period");
        if (!Enum.IsDefined(options.WhenUnknown)) wrong.Add("Revocation:WhenUnknown has to be RefuseWrites, RefuseAll or Allow");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
