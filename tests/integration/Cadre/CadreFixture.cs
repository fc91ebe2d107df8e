using System.Collections.Concurrent;
using Jiceng.Cadre;
using Jiceng.Cadre.V1;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Jiceng.IntegrationTests.Cadre;

/// <summary>
/// A whole cadre service on real Kestrel and a database of its own, with the county committee of 140224, its township 140224205 and
/// the village 140224205201 recorded. The broker is one that takes everything: events are read from the outbox.
/// </summary>
public sealed class CadreFixture : IAsyncLifetime
{
    public const string County = "140224";
    public const string Township = "140224205";
    public const string Village = "140224205201";
    public const string OtherTownship = "140224206";

    private readonly LogKeeper _logs = new();
    private readonly ConcurrentQueue<int> _places = new(Enumerable.Range(1, 90));
    private ServiceRun? _run;

    public Organization CountyCommittee { get; private set; } = null!;

    public Organization TownshipCommittee { get; private set; } = null!;

    public Organization VillageBranch { get; private set; } = null!;

    /// <summary>Every line that the service logged, at the finest level.</summary>
    public IReadOnlyCollection<string> Logs => _logs.Lines;

    /// <summary>The county's organisation department.</summary>
    internal CadreCaller Organizer => As("county_organizer", County);

    public async ValueTask InitializeAsync()
    {
        _run = await ServiceRun.StartAsync(
            "cadre",
            builder =>
            {
                builder.Logging.AddProvider(_logs).AddFilter<LogKeeper>(null, LogLevel.Trace);
                builder.AddCadre();
            },
            app => app.MapCadre(),
            TestContext.Current.CancellationToken);

        CountyCommittee = await Organizer.CreateAsync(OrganizationKind.CountyCommittee, County);
        TownshipCommittee = await Organizer.CreateAsync(OrganizationKind.TownshipCommittee, Township, CountyCommittee);
        VillageBranch = await Organizer.CreateAsync(OrganizationKind.VillageBranch, Village, TownshipCommittee);
    }

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
            await _run.DisposeAsync();
    }

    internal CadreCaller As(string role, params string[] places) => AsSubject($"test-{role}", role, places);

    internal CadreCaller AsSubject(string subject, string role, params string[] places) =>
        new(_run!.Channel, _run.Tokens.Issue(subject, [role], places), subject);

    /// <summary>A village of the township that no other test uses.</summary>
    public string NewVillage() => _places.TryDequeue(out var number)
        ? $"{Township}{number + 300:D3}"
        : throw new InvalidOperationException("The tests of a class used all 90 villages.");

    /// <summary>A village of its own with its branch.</summary>
    internal async Task<Organization> NewBranchAsync() =>
        await Organizer.CreateAsync(OrganizationKind.VillageBranch, NewVillage(), TownshipCommittee);

    /// <summary>Payloads of the events of a type about a subject, in the order of their sequence.</summary>
    public Task<List<string>> EventsAsync(string type, string subject) => _run!.EventsAsync($"jiceng.cadre.{type}", subject);

    public Task<List<string>> ColumnAsync(string sql, params string[] values) => _run!.ColumnAsync(sql, values);

    private sealed class LogKeeper : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
