using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Jiceng.Common.V1;
using Jiceng.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Jiceng.Messaging;

/// <summary>Runs a <see cref="FeedJob"/> for each service whose events this one handles, so that none waits for another.</summary>
internal sealed class FeedPuller : IHostedService, IDisposable
{
    private const string Off = "none";
    private readonly List<string> _problems = [];
    private readonly List<FeedJob> _jobs = [];

    public FeedPuller(
        Subscriptions subscriptions, IConfiguration configuration, FeedReader reader, ServiceToken token, TimeProvider time, IServiceProvider services,
        JobServices jobs, ILogger<FeedJob> logger)
    {
        var interval = configuration.GetValue("Feeds:Interval", TimeSpan.FromMinutes(1));
        foreach (var types in subscriptions.TypesByService)
        {
            var (source, address) = (types.Key, configuration[$"Feeds:{types.Key}"]);
            if (address == Off) continue;
            if (Uri.TryCreate(address, UriKind.Absolute, out _))
                _jobs.Add(new FeedJob(source, [.. types], interval, () => Open(address, services), reader, token, time, jobs, logger));
            else
                _problems.Add($"Feeds:{source} has to be the gRPC address of {source}, for example http://127.0.0.1:6011, or dns:///{source}:6011 for all addresses of a name, or '{Off}' to do without its event feed");
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => _problems.Count == 0
        ? Task.WhenAll(_jobs.Select(job => job.StartAsync(cancellationToken)))
        : throw new OptionsValidationException("Feeds", typeof(FeedPuller), _problems);

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_jobs.Select(job => job.StopAsync(cancellationToken)));

    public void Dispose() => _jobs.ForEach(job => job.Dispose());

    /// <summary>A name with several addresses is that of several replicas: the pages of a feed are asked of each in turn.</summary>
    private static GrpcChannel Open(string address, IServiceProvider services) => address.StartsWith("dns:", StringComparison.Ordinal)
        ? GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            ServiceProvider = services,
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } },
        })
        : GrpcChannel.ForAddress(address);
}

/// <summary>
/// Reads the feed of one service, at start and every <c>Feeds:Interval</c>, and handles what the broker did not bring within that interval.
/// So a broker that loses everything costs time, not events.
/// </summary>
internal sealed partial class FeedJob(
    string source, string[] types, TimeSpan interval, Func<GrpcChannel> open, FeedReader reader, ServiceToken token, TimeProvider time,
    JobServices services, ILogger<FeedJob> logger) : PeriodicJob(services, $"feed-{source}", interval)
{
    private GrpcChannel? _channel;
    private bool _isAway;

    public override void Dispose()
    {
        base.Dispose();
        _channel?.Dispose();
    }

    protected override async Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            var recovered = await reader.PullAsync(source, types, Interval, ReadAsync, cancellationToken);
            _isAway = false;
            if (recovered > 0) Recovered(recovered, source);
            return JobRound.Done;
        }
        catch (RpcException away) when (!cancellationToken.IsCancellationRequested)
        {
            // A service that restarts is nothing to be alarmed at; nothing is lost by coming back.
            if (!_isAway) Failed(source, away.StatusCode);
            _isAway = true;
            return JobRound.Failed;
        }
    }

    private async Task<ReadEventsResponse> ReadAsync(string position, CancellationToken cancellationToken)
    {
        var client = new Common.V1.MessagingService.MessagingServiceClient(_channel ??= open());
        var request = new ReadEventsRequest { AfterPosition = position, Types_ = { types } };
        return await client.ReadEventsAsync(request, await token.HeadersAsync(cancellationToken), time.GetUtcNow().AddSeconds(30).UtcDateTime, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events that the broker had not brought came by the feed of {Source}")]
    private partial void Recovered(int count, string source);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The event feed of {Source} could not be read ({Error}); trying again")]
    private partial void Failed(string source, StatusCode error);
}
