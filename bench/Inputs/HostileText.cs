using System.Text;

namespace Jiceng.Bench.Inputs;

/// <summary>Texts that break careless text handling. A person or a broken client can send each of them.</summary>
internal static class HostileText
{
    private const int Long = 100_000;

    public static IReadOnlyList<string> All { get; } =
    [
        "", " ", "\t\r\n", "　　",
        "'; DROP TABLE grid_case; --", "' OR '1'='1", "\\'; SELECT pg_sleep(10); --", "$1 $$ :name @p0 {0} %s %n", "100%_", "\\",
        "\0", "前\0后", "\u0001\u0002\u001b[31m红\u001b[0m", "\u007f\u0080\u009f", "第一行\r\n{\"level\":\"error\",\"message\":\"forged\"}",
        "\u202e倒序\u202c", "\u2066甲\u2067乙\u2069", "\u200b\u200d\ufeff零宽", "مرحبا שלום",
        "𠀀𪚥𰻞", "👩‍👩‍👧‍👦🇨🇳", "a\u0301\u0323\u0300", "e" + Repeated("\u0301", 200), "\ufffe\uffff", "\u2028\u2029",
        "../../../../etc/passwd", "<script>alert(1)</script>", "${jndi:ldap://127.0.0.1/a}", "=cmd|'/c calc'!A1",
        "null", "NaN", "-1", "1e309", "0x7fffffff", "9999-99-99", "0000-00-00", "2026-02-30",
        "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "999999999999999", "１４０２２４",
        Repeated("长", 101), Repeated("长", 2001), Repeated("a", Long), Repeated("字", Long), Repeated("👍", Long / 2), Repeated("\u0301", Long),
    ];

    /// <summary>Texts that are valid in any text field, but that careless storage or masking would change.</summary>
    public static IReadOnlyList<string> Storable { get; } =
    [
        "王𠮷伟", "阿依古丽·买买提", "O'Brien \"甲\"", "\\u0041\\x41\\", "\u202e倒\u202c", "a\u0301\u0323", "👩‍👩‍👧‍👦", "100%_", "甲\u200d乙", "--/*乙*/", "\u0001甲", "ﬁ①Å", "甲\r\n乙", " 前后 ", "{\"a\":1}",
    ];

    private static string Repeated(string part, int count) => new StringBuilder(part.Length * count).Insert(0, part, count).ToString();
}
