using System.Globalization;
using Spectre.Console;

namespace Jiceng.Cli;

/// <summary>Shows progress: a spinner on a terminal, plain lines elsewhere, and the elapsed time on both.</summary>
internal sealed class Screen(IAnsiConsole console, TimeProvider time)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenSigns = TimeSpan.FromSeconds(10);

    public IAnsiConsole Console { get; } = console;

    private bool Live => Console.Profile.Out.IsTerminal && Console.Profile.Capabilities.Interactive;

    /// <summary>Writes a line without wrapping it at the width of the terminal, so that tokens and commands can be copied.</summary>
    public void Line(string text) => Console.Profile.Out.Writer.WriteLine(text);

    public void Good(string text) => Console.MarkupLineInterpolated($"[green]✓[/] {text}");

    public void Bad(string text) => Console.MarkupLineInterpolated($"[red]✗[/] {text}");

    public void Note(string text) => Console.MarkupLineInterpolated($"[yellow]![/] {text}");

    /// <summary>Runs a step, which can report its progress.</summary>
    public async Task<T> StepAsync<T>(string title, Func<Action<string>, Task<T>> work)
    {
        var start = time.GetTimestamp();
        try
        {
            var result = Live
                ? await Console.Status().StartAsync(Markup.Escape(title), status => work(text => status.Status = Markup.Escape($"{title}: {text}")))
                : await PlainAsync(title, work);
            Good(string.Create(CultureInfo.InvariantCulture, $"{title}  {time.GetElapsedTime(start).TotalSeconds:0.0} s"));
            return result;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Bad(title);
            throw;
        }
    }

    public Task StepAsync(string title, Func<Action<string>, Task> work) =>
        StepAsync(title, async report =>
        {
            await work(report);
            return true;
        });

    private async Task<T> PlainAsync<T>(string title, Func<Action<string>, Task<T>> work)
    {
        var gate = new Lock();
        var start = time.GetTimestamp();
        var last = start;
        var latest = "";
        await using var timer = time.CreateTimer(_ => Update(), null, BetweenLines, BetweenLines);
        return await work(text =>
        {
            lock (gate) latest = text;
        });

        // Shows new text soon, and otherwise an occasional sign of life.
        void Update()
        {
            lock (gate)
            {
                if (latest.Length == 0 && last != start && time.GetElapsedTime(last) < BetweenSigns) return;
                last = time.GetTimestamp();
                Line(string.Create(CultureInfo.InvariantCulture, $"  {title}, {time.GetElapsedTime(start).TotalSeconds:0} s{(latest.Length == 0 ? " ..." : $": {latest}")}"));
                latest = "";
            }
        }
    }
}
