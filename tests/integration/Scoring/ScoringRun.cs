using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Jiceng.Scoring;
using Jiceng.Scoring.V1;
using Jiceng.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

/// <summary>
/// A whole scoring service on real Kestrel, with a database and a Redis of its own. Events are brought as a sidecar brings them; the
/// broker is one that takes everything.
/// </summary>
internal sealed class ScoringRun : IAsyncDisposable
{
    public const string County = "140224";
    public const string Township = "140224205";
    public const string OtherTownship = "140224206";
    private readonly ServiceRun _run;
    private readonly HttpClient _http;

    private ScoringRun(ServiceRun run, RedisServer redis, TestClock clock)
    {
        (_run, Redis, Clock) = (run, redis, clock);
        _http = new HttpClient { BaseAddress = run.HttpAddress };
    }

    public RedisServer Redis { get; }

    public TestClock Clock { get; }

    public ScoringCaller Organizer => As("organizer", "county_organizer", County);

    public ScoringCaller Committee => As("committee", "township_committee", Township);

    public ScoringCaller Operator => As("operator", "operator");

    public NpgsqlDataSource Source => _run.Source;

    public IServiceProvider Services => _run.Services;

    public static async Task<ScoringRun> StartAsync(DateTimeOffset? now = null, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
        var clock = new TestClock(now);
        var run = await ServiceRun.StartAsync(
            "scoring",
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                builder.AddScoring();
            },
            app => app.MapScoring(),
            TestContext.Current.CancellationToken,
            new Dictionary<string, string?>(settings ?? new Dictionary<string, string?>()) { ["ConnectionStrings:Redis"] = redis.Address });
        return new ScoringRun(run, redis, clock);
    }

    public ScoringCaller As(string subject, string role, params string[] places) =>
        new(_run.Channel, _run.Tokens.Issue(subject, [role], places, TimeSpan.FromDays(1000)));

    public string NewId() => Guid.CreateVersion7(Clock.GetUtcNow()).ToString();

    /// <summary>Brings an event as the sidecar does, and says how the service answered.</summary>
    public async Task<(int Status, string Body)> SendAsync(string type, IMessage payload, string? id = null, string trace = "4bf92f3577b34da6a3ce929d0e0e4736")
    {
        var topic = string.Join('.', type.Split('.')[..3]) + ".v1";
        var service = type.Split('.')[1];
        var cloudEvent =
            $$"""
            {"specversion":"1.0","id":"{{id ?? NewId()}}","source":"jiceng/{{service}}","type":"{{type}}","subject":"s","time":"{{Clock.GetUtcNow():O}}",
             "sequence":"1","traceparent":"00-{{trace}}-00f067aa0ba902b7-01","data":{{JsonFormatter.Default.Format(payload)}}}
            """;
        using var content = new StringContent(cloudEvent, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
        using var response = await _http.PostAsync(new Uri($"/events/{topic}", UriKind.Relative), content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Brings an event that has to take effect.</summary>
    public async Task HearAsync(string type, IMessage payload, string? id = null)
    {
        var (status, body) = await SendAsync(type, payload, id);
        status.ShouldBe(200, body);
        body.ShouldContain("SUCCESS");
    }

    public async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = Source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _run.DisposeAsync();
        await Redis.DisposeAsync();
    }
}

/// <summary>A caller with a token.</summary>
internal sealed class ScoringCaller(GrpcChannel channel, string token)
{
    private readonly CallInvoker _invoker = channel.Intercept(headers =>
    {
        headers.Add("authorization", $"Bearer {token}");
        return headers;
    });

    public SchemeService.SchemeServiceClient Schemes => new(_invoker);

    public ItemService.ItemServiceClient Items => new(_invoker);

    public PointsService.PointsServiceClient Points => new(_invoker);
}

/// <summary>The real clock, moved ahead: time goes on, and tests can make it jump.</summary>
internal sealed class TestClock(DateTimeOffset? start) : TimeProvider
{
    private TimeSpan _ahead = start is { } then ? then - System.GetUtcNow() : TimeSpan.Zero;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;

    public void JumpTo(DateTimeOffset then) => _ahead = then - System.GetUtcNow();
}
