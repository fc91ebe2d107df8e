using System.Globalization;
using System.Text.Json;

namespace Jiceng.Sidecar.Cel;

/// <summary>
/// A routing rule over the variable <c>event</c>: comparisons, <c>in [..]</c>, <c>&amp;&amp;</c>, <c>||</c>, <c>!</c>, parentheses. As in
/// CEL, an error on one side of <c>&amp;&amp;</c> or <c>||</c> is ignored when the other side decides the result.
/// </summary>
internal sealed class CelRule
{
    private readonly Func<JsonElement, object?> _evaluate;

    private CelRule(string source, Func<JsonElement, object?> evaluate) => (Source, _evaluate) = (source, evaluate);

    public string Source { get; }

    public static CelRule Parse(string source)
    {
        var parser = new Parser(CelTokens.Read(source));
        return new CelRule(source, parser.ParseWhole());
    }

    public bool Matches(JsonElement cloudEvent) =>
        _evaluate(cloudEvent) is bool result ? result : throw new CelEvaluationException($"the rule '{Source}' is not true or false");

    private sealed class Parser(List<CelToken> tokens)
    {
        private int _position;

        private CelToken Next => tokens[_position];

        public Func<JsonElement, object?> ParseWhole()
        {
            var rule = ParseOr();
            return Next.Kind == CelTokenKind.End ? rule : throw Unexpected();
        }

        private Func<JsonElement, object?> ParseOr()
        {
            var left = ParseAnd();
            while (Accept("||")) left = Decide(left, ParseAnd(), decisive: true);
            return left;
        }

        private Func<JsonElement, object?> ParseAnd()
        {
            var left = ParseRelation();
            while (Accept("&&")) left = Decide(left, ParseRelation(), decisive: false);
            return left;
        }

        private Func<JsonElement, object?> ParseRelation()
        {
            var left = ParseUnary();
            if (Accept("=="))
            {
                var right = ParseUnary();
                return e => CelEquals(left(e), right(e));
            }

            if (Accept("!="))
            {
                var right = ParseUnary();
                return e => !CelEquals(left(e), right(e));
            }

            if (Next is not { Kind: CelTokenKind.Name, Value: "in" }) return left;
            _position++;
            var items = ParseList();
            return e =>
            {
                var value = left(e);
                return items.Exists(item => CelEquals(value, item(e)));
            };
        }

        private Func<JsonElement, object?> ParseUnary()
        {
            if (!Accept("!")) return ParsePrimary();
            var inner = ParseUnary();
            return e => !Truth(inner(e));
        }

        private List<Func<JsonElement, object?>> ParseList()
        {
            Expect("[");
            var items = new List<Func<JsonElement, object?>>();
            if (Accept("]")) return items;
            do items.Add(ParseUnary());
            while (Accept(","));
            Expect("]");
            return items;
        }

        private Func<JsonElement, object?> ParsePrimary()
        {
            var token = Next;
            if (Accept("("))
            {
                var inner = ParseOr();
                Expect(")");
                return inner;
            }

            _position++;
            switch (token.Kind)
            {
                case CelTokenKind.Text:
                    return _ => token.Value;
                case CelTokenKind.Number:
                    var number = double.Parse(token.Value, CultureInfo.InvariantCulture);
                    return _ => number;
                case CelTokenKind.Name when token.Value is "true" or "false":
                    var truth = token.Value == "true";
                    return _ => truth;
                case CelTokenKind.Name when token.Value == "null":
                    return _ => null;
                case CelTokenKind.Name when token.Value == "event":
                    return ParsePath();
                default:
                    _position--;
                    throw Unexpected();
            }
        }

        private Func<JsonElement, object?> ParsePath()
        {
            var path = new List<string>();
            while (Accept("."))
            {
                if (Next.Kind != CelTokenKind.Name) throw Unexpected();
                path.Add(Next.Value);
                _position++;
            }

            return e => Value(path.Aggregate(e, (at, name) =>
                at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var value)
                    ? value
                    : throw new CelEvaluationException($"the event has no field event.{string.Join('.', path)}")));
        }

        private bool Accept(string symbol)
        {
            if (Next.Kind != CelTokenKind.Symbol || Next.Value != symbol) return false;
            _position++;
            return true;
        }

        private void Expect(string symbol)
        {
            if (!Accept(symbol)) throw Unexpected();
        }

        private CelSyntaxException Unexpected() => new(
            $"'{Next.Value}' at position {Next.Position} is not in the CEL subset of this sidecar (event.a.b, texts, numbers, ==, !=, &&, ||, !, in [..], parentheses)");
    }

    private static Func<JsonElement, object?> Decide(Func<JsonElement, object?> left, Func<JsonElement, object?> right, bool decisive) => e =>
    {
        try
        {
            if (Truth(left(e)) == decisive) return decisive;
        }
        catch (CelEvaluationException)
        {
            if (Truth(right(e)) == decisive) return decisive;
            throw;
        }

        return Truth(right(e));
    };

    private static bool Truth(object? value) =>
        value is bool truth ? truth : throw new CelEvaluationException("&&, || and ! need true or false on both sides");

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        _ => element,
    };

    private static bool CelEquals(object? left, object? right) => (left, right) switch
    {
        (JsonElement a, JsonElement b) => JsonElement.DeepEquals(a, b),
        _ => Equals(left, right),
    };
}
