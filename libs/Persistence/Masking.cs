namespace Jiceng.Persistence;

/// <summary>How personal fields are shown to those who may not see them (脱敏).</summary>
public static class Masking
{
    /// <summary>A phone number as <c>138****1234</c>; one of fewer than 8 characters is hidden whole.</summary>
    public static string Phone(string phone) => Keep(phone, 3, 4);

    /// <summary>
    /// A resident id (身份证号) as <c>1402*************X</c>. The serial number stays hidden whole: next to a month of birth and a
    /// place, its digits and the check digit would reveal the rest.
    /// </summary>
    public static string ResidentId(string residentId) => Keep(residentId, 4, 1);

    private static string Keep(string value, int head, int tail) => value.Length <= head + tail
        ? new string('*', value.Length)
        : string.Concat(value.AsSpan(0, head), new string('*', value.Length - head - tail), value.AsSpan(value.Length - tail));
}
