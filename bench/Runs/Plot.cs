using System.Globalization;
using System.Net;
using System.Text;

namespace Jiceng.Bench.Runs;

/// <summary>A line of a plot, or the bars of one color.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>An SVG plot: lines over a numeric axis, or horizontal bars when every series has a single point.</summary>
internal sealed class Plot(string title, string x, string y)
{
    private const int Width = 860;
    private const int Height = 420;
    private const int Left = 70;
    private const int Top = 50;
    private const int Bottom = 60;
    private const int Right = 210;
    private static readonly string[] Colours = ["#1f6f8b", "#d1495b", "#66a182", "#edae49", "#5b5f97", "#8d5a97"];

    public List<Series> Series { get; } = [];

    public void Add(string name, params IEnumerable<(double X, double Y)> points) => Series.Add(new Series(name, [.. points]));

    public void Bar(string name, double value) => Series.Add(new Series(name, [(0, value)]));

    public string ToSvg()
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        Text(svg, Left, 26, title, "start", 16);
        if (Series.TrueForAll(series => series.Points.Count == 1)) Bars(svg);
        else Lines(svg);
        return svg.Append("</svg>\n").ToString();
    }

    private void Bars(StringBuilder svg)
    {
        var most = Math.Max(Series.Max(series => series.Points[0].Y), double.Epsilon);
        var step = (Height - Top - 20.0) / Series.Count;
        for (var i = 0; i < Series.Count; i++)
        {
            var (top, value) = (Top + (i * step), Series[i].Points[0].Y);
            var length = value / most * (Width - 420);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"290\" y=\"{top:0.#}\" width=\"{length:0.#}\" height=\"{step * 0.7:0.#}\" fill=\"{Colours[i % Colours.Length]}\"/>\n");
            Text(svg, 280, top + (step * 0.45), Series[i].Name, "end");
            Text(svg, 298 + length, top + (step * 0.45), $"{Number(value)} {y}", "start");
        }
    }

    private void Lines(StringBuilder svg)
    {
        var points = Series.SelectMany(series => series.Points).ToList();
        var (low, high) = (points.Min(point => point.X), points.Max(point => point.X));
        var most = Math.Max(points.Max(point => point.Y) * 1.05, double.Epsilon);
        double Across(double value) => Left + ((value - low) / Math.Max(high - low, double.Epsilon) * (Width - Left - Right));
        double Up(double value) => Height - Bottom - (value / most * (Height - Top - Bottom));
        for (var i = 0; i <= 5; i++)
        {
            var (value, place) = (most * i / 5, low + ((high - low) * i / 5));
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Up(value):0.#}\" y2=\"{Up(value):0.#}\" stroke=\"#ddd\"/>\n");
            Text(svg, Left - 8, Up(value) + 4, Number(value), "end");
            Text(svg, Across(place), Height - Bottom + 20, Number(place), "middle");
        }

        Text(svg, (Left + Width - Right) / 2.0, Height - 14, x, "middle");
        Text(svg, Left, Top - 8, y, "start");
        for (var i = 0; i < Series.Count; i++)
        {
            var line = string.Join(' ', Series[i].Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{Across(point.X):0.#},{Up(point.Y):0.#}")));
            var colour = Colours[i % Colours.Length];
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Width - Right + 16}\" y=\"{Top + (i * 22)}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>\n");
            Text(svg, Width - Right + 34, Top + (i * 22) + 11, Series[i].Name, "start");
        }
    }

    private static void Text(StringBuilder svg, double across, double down, string text, string anchor, int size = 13) => svg.Append(CultureInfo.InvariantCulture,
        $"<text x=\"{across:0.#}\" y=\"{down:0.#}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{WebUtility.HtmlEncode(text)}</text>\n");

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.##", CultureInfo.InvariantCulture);
}
