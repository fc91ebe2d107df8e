using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Jiceng.Domain;

namespace Jiceng.Webhooks;

/// <summary>
/// What the text of an address has to be. Where a host leads is checked by <see cref="AddressGuard"/>, when it is registered and at each
/// connection: here only what could be read in two ways is turned away.
/// </summary>
internal static partial class WebhookAddress
{
    private const int Longest = 500;
    private const int FirstFreePort = 1024;

    /// <exception cref="ApiException">ARGUMENT_REQUIRED, ARGUMENT_TOO_LONG or WEBHOOK_ADDRESS_REFUSED.</exception>
    public static Uri Parse(string text, string field, bool allowHttp)
    {
        Rpc.Require.Text(text, field, Longest);
        var form = Form().Match(text);
        // Uri would otherwise normalise non-ASCII characters, such as digits of other scripts, and blanks, controls and backslashes.
        if (!form.Success) throw Refused(field, "it must be https://host/path, in ASCII and without spaces (Chinese host names as xn--…)", "应为 https://主机/路径，只能用 ASCII 字符，不含空格（中文域名写作 xn--…）");
        var (scheme, authority) = (form.Groups["scheme"].Value.ToLowerInvariant(), form.Groups["authority"].Value);
        if (authority.Contains('@')) throw Refused(field, "it must not contain a user name or password", "不得包含用户名或密码");
        if (text.Contains('#')) throw Refused(field, "it must not contain a fragment (#)", "不得包含 # 片段");
        if (scheme == Uri.UriSchemeHttp && !allowHttp) throw Refused(field, "it must begin with https://", "须以 https:// 开头");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || !IsPlain(address, authority))
            throw Refused(field, "its host must be a name, or an IP address in standard notation", "主机应为域名，或标准写法的 IP 地址");
        if (address.Port is not (80 or 443) and < FirstFreePort)
            throw Refused(field, $"its port must be 443, or {FirstFreePort} or higher", $"端口应为 443，或不小于 {FirstFreePort}");
        return address;
    }

    public static ApiException Refused(string field, string problem, string chinese) =>
        WebhookErrors.AddressRefused.With(("problem", problem), ("problem_zh", chinese)).At(field, problem);

    // An address such as 0x7f.1 or 2130706433 is made 127.0.0.1 by one reader and a name by another: only what every reader takes as it stands.
    private static bool IsPlain(Uri address, string authority)
    {
        var asWritten = authority.EndsWith($":{address.Port}", StringComparison.Ordinal) ? authority[..authority.LastIndexOf(':')] : authority;
        if (!asWritten.Equals(address.Host, StringComparison.OrdinalIgnoreCase)) return false;
        return address.HostNameType switch
        {
            UriHostNameType.IPv4 => IPAddress.TryParse(address.Host, out var four) && four.ToString() == address.Host,
            UriHostNameType.IPv6 => IPAddress.TryParse(address.Host, out var six) && six.AddressFamily == AddressFamily.InterNetworkV6 && six.ScopeId == 0,
            UriHostNameType.Dns => Name().IsMatch(address.Host),
            _ => false,
        };
    }

    [GeneratedRegex(@"\A(?<scheme>[hH][tT][tT][pP][sS]?)://(?<authority>[a-zA-Z0-9._:@\[\]-]+)(?:[/?#][\x21-\x5B\x5D-\x7E]*)?\z")]
    private static partial Regex Form();

    // The last label has a letter in front, so that no number is taken for a name.
    [GeneratedRegex(@"\A(?:[a-zA-Z0-9_](?:[a-zA-Z0-9_-]*[a-zA-Z0-9_])?\.)*[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\z")]
    private static partial Regex Name();
}
