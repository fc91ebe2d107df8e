using System.Globalization;
using System.Text;

namespace Jiceng.Sidecar.Cel;

internal enum CelTokenKind { Name, Text, Number, Symbol, End }

internal readonly record struct CelToken(CelTokenKind Kind, string Value, int Position);

internal static class CelTokens
{
    private static readonly string[] Symbols = ["==", "!=", "&&", "||", "!", "(", ")", "[", "]", ",", "."];

    public static List<CelToken> Read(string source)
    {
        var tokens = new List<CelToken>();
        for (var at = 0; at < source.Length;)
        {
            var c = source[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
            }
            else if (char.IsAsciiLetter(c) || c == '_')
            {
                var start = at;
                while (at < source.Length && (char.IsAsciiLetterOrDigit(source[at]) || source[at] == '_')) at++;
                tokens.Add(new CelToken(CelTokenKind.Name, source[start..at], start));
            }
            else if (char.IsAsciiDigit(c) || (c == '-' && at + 1 < source.Length && char.IsAsciiDigit(source[at + 1])))
            {
                var start = at++;
                while (at < source.Length && (char.IsAsciiDigit(source[at]) || source[at] == '.')) at++;
                tokens.Add(Number(source[start..at], start));
            }
            else if (c is '"' or '\'')
            {
                tokens.Add(Text(source, ref at));
            }
            else if (Array.Find(Symbols, s => source.AsSpan(at).StartsWith(s)) is { } symbol)
            {
                tokens.Add(new CelToken(CelTokenKind.Symbol, symbol, at));
                at += symbol.Length;
            }
            else
            {
                throw new CelSyntaxException($"'{c}' at position {at} is not in the CEL subset of this sidecar (==, !=, &&, ||, !, in, parentheses)");
            }
        }

        tokens.Add(new CelToken(CelTokenKind.End, "end of rule", source.Length));
        return tokens;
    }

    private static CelToken Number(string digits, int start) =>
        double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? new CelToken(CelTokenKind.Number, digits, start)
            : throw new CelSyntaxException($"'{digits}' at position {start} is not a number");

    private static CelToken Text(string source, ref int at)
    {
        var start = at;
        var quote = source[at++];
        var text = new StringBuilder();
        while (at < source.Length && source[at] != quote)
        {
            var c = source[at++];
            if (c == '\\')
            {
                c = at < source.Length ? source[at++] : throw new CelSyntaxException($"the text at position {start} is not closed");
                c = c switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' or '\'' or '"' => c,
                    _ => throw new CelSyntaxException($"the escape '\\{c}' at position {at - 2} is not in the CEL subset of this sidecar"),
                };
            }

            text.Append(c);
        }

        if (at++ >= source.Length) throw new CelSyntaxException($"the text at position {start} is not closed");
        return new CelToken(CelTokenKind.Text, text.ToString(), start);
    }
}
