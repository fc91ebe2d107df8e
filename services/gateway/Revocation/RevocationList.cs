using Jiceng.Gateway.Shared;
using Jiceng.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Jiceng.Gateway.Revocation;

/// <summary>
/// The list in Redis, and this gateway's copy, by which calls are judged. The copy is read again each period. A Redis that comes back without
/// what the copy holds gets it back, so that the list lives while one gateway does.
/// </summary>
internal sealed partial class RevocationList(
    GatewayRedis redis, IOptions<RevocationSettings> settings, TimeProvider time, ILogger<RevocationList> logger, JobServices services)
    : PeriodicJob(services, "revocations", settings.Value.Period)
{
    private static readonly RedisKey Key = "jiceng:gateway:revoked";

    private RevokedTokens _tokens = RevokedTokens.None;
    private long _read;
    private bool _everRead;
    private bool _toldUnknown;

    // A Redis that is back is noticed as soon as ever.
    protected override TimeSpan LongestPause => settings.Value.Period;

    public RevokedTokens Tokens => Volatile.Read(ref _tokens);

    /// <summary>Whether the revoked tokens are unknown: the list was never read, or too long ago. A gateway without Redis has no list.</summary>
    public bool Unknown => redis.Configured && (!Volatile.Read(ref _everRead) || time.GetElapsedTime(Volatile.Read(ref _read)) >= settings.Value.Trusted);

    /// <summary>Writes an entry, together with an older one of the same name; the list after it, or null when Redis is away.</summary>
    public async Task<RevokedTokens?> AddAsync(string entry, Revoked revoked)
    {
        if (await ReadAsync() is not { } there) return null;
        var now = there.With([new(entry, revoked)], time.GetUtcNow());
        var written = await redis.AskAsync(async database =>
        {
            await database.HashSetAsync(Key, entry, now.Entries.TryGetValue(entry, out var later) ? later.ToString() : revoked.ToString());
            return now;
        });
        return written;
    }

    /// <summary>Reads the list before the first call comes, if Redis is there.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (redis.Configured) await RefreshAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => redis.Configured ? base.ExecuteAsync(stoppingToken) : Task.CompletedTask;

    /// <summary>When this fails the list gets old, and with that unknown.</summary>
    protected override async Task<JobRound> RunRoundAsync(CancellationToken cancellationToken) =>
        await RefreshAsync() ? JobRound.Done : JobRound.Failed;

    private async Task<bool> RefreshAsync()
    {
        if (await ReadAsync() is { } there)
        {
            var known = Tokens;
            var all = known.With(there.Entries, time.GetUtcNow());
            var lost = all.Entries.Where(entry => !there.Entries.TryGetValue(entry.Key, out var held) || held != entry.Value).ToArray();
            var over = there.Entries.Keys.Where(entry => !all.Entries.ContainsKey(entry)).ToArray();
            if (lost.Length > 0) await GiveBackAsync(lost, there);
            if (over.Length > 0) await redis.AskAsync(async database => (object)await database.HashDeleteAsync(Key, [.. over.Select(entry => (RedisValue)entry)]));
            Volatile.Write(ref _tokens, all);
            Volatile.Write(ref _read, time.GetTimestamp());
            Volatile.Write(ref _everRead, true);
            _toldUnknown = false;
            return true;
        }

        if (Unknown && !_toldUnknown)
        {
            _toldUnknown = true;
            LogUnknown(logger, settings.Value.WhenUnknown);
        }

        return false;
    }

    private async Task GiveBackAsync(KeyValuePair<string, Revoked>[] lost, RevokedTokens there)
    {
        LogGivenBack(logger, lost.Length);
        await redis.AskAsync(async database =>
        {
            // Not over one that came meanwhile: the next time that the list is read, the later of both is kept.
            foreach (var (entry, revoked) in lost)
                await database.HashSetAsync(Key, entry, revoked.ToString(), there.Entries.ContainsKey(entry) ? When.Always : When.NotExists);
            return lost;
        });
    }

    private Task<RevokedTokens?> ReadAsync() => redis.AskAsync(async database =>
        new RevokedTokens((await database.HashGetAllAsync(Key)).Select(entry => KeyValuePair.Create(entry.Name.ToString(), Revoked.Parse(entry.Value.ToString())))));

    [LoggerMessage(LogLevel.Warning, "Redis lost {Count} revoked tokens, which this gateway gives back")]
    private static partial void LogGivenBack(ILogger logger, int count);

    [LoggerMessage(LogLevel.Error, "Which tokens are revoked is not known, since Redis is away: {Rule}")]
    private static partial void LogUnknown(ILogger logger, WhenUnknown rule);
}
