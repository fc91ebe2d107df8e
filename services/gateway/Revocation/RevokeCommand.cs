using System.Globalization;
using Jiceng.Gateway.Shared;
using Jiceng.Hosting;

namespace Jiceng.Gateway.Revocation;

/// <summary>
/// <c>revoke --subject p-1</c>: no token of the subject that was issued up to now is taken any more. <c>revoke --token &lt;jti&gt;</c>: that one is
/// not. The entry is kept as long as the longest token lives, <c>--lifetime</c>.
/// </summary>
internal sealed class RevokeCommand(GatewayRedis redis, RevocationList list, TimeProvider time) : IServiceCommand
{
    private const string Form = "revoke --subject <sub> | --token <jti>  [--lifetime 24:00:00]";

    /// <summary>Longer than tokens live, also those that a system was given for a year.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromDays(400);

    public string Name => "revoke";

    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        // Settings may stand on the command line, too.
        args = [.. args.Where(word => !(word.StartsWith("--", StringComparison.Ordinal) && word.Contains('=', StringComparison.Ordinal)))];
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < args.Length; i += 2) given[args[i]] = args[i + 1];
        var (subject, token) = (given.GetValueOrDefault("--subject", ""), given.GetValueOrDefault("--token", ""));
        var lifetime = Usual;
        if (args.Length % 2 != 0 || given.Keys.Any(key => key is not ("--subject" or "--token" or "--lifetime")) || subject.Length == 0 == (token.Length == 0)
            || (given.TryGetValue("--lifetime", out var text) && !(TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out lifetime) && lifetime > TimeSpan.Zero)))
        {
            await Console.Error.WriteLineAsync($"jiceng-gateway: {Form}");
            return ExitCode.Usage;
        }

        if (!redis.Configured)
        {
            await Console.Error.WriteLineAsync("jiceng-gateway: ConnectionStrings:Redis is not set, and the list of revoked tokens lies in Redis");
            return ExitCode.Configuration;
        }

        await redis.ConnectAsync(cancellationToken);
        var now = time.GetUtcNow();
        var entry = subject.Length > 0 ? RevokedTokens.SubjectEntry(subject) : RevokedTokens.TokenEntry(token);
        var revoked = new Revoked(now.ToUnixTimeSeconds(), now.Add(lifetime).ToUnixTimeSeconds());
        if (await list.AddAsync(entry, revoked) is not { } all)
        {
            await Console.Error.WriteLineAsync("jiceng-gateway: Redis does not answer; nothing was revoked");
            return ExitCode.Failure;
        }

        var ends = DateTimeOffset.FromUnixTimeSeconds(all.Entries[entry].Ends);
        var what = subject.Length > 0 ? $"every token of the subject {subject} that was issued up to {now:u}" : $"the token {token}";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"revoked: {what}; kept until {ends:u}; {all.Entries.Count} entries in the list"));
        return ExitCode.Success;
    }
}
