using System.Diagnostics;
using Dapper;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Jiceng.Messaging;

/// <summary>
/// Reads the feeds of the services that this one hears, at start and every <c>Feeds:Interval</c>, and handles what the broker did
/// not bring within that interval. So a broker that loses everything costs time, not events.
/// </summary>
internal sealed partial class FeedPuller : BackgroundService
{
    private const string Off = "none";
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly FeedReader _reader;
    private readonly ServiceToken _token;
    private readonly TimeProvider _time;
    private readonly IServiceProvider _services;
    private readonly ILogger<FeedPuller> _logger;
    private readonly TimeSpan _interval;
    private readonly List<(string Source, string? Address, string[] Types)> _feeds;

    public FeedPuller(
        Subscriptions subscriptions, IConfiguration configuration, FeedReader reader, ServiceToken token, TimeProvider time, IServiceProvider services,
        ILogger<FeedPuller> logger)
    {
        (_reader, _token, _time, _services, _logger) = (reader, token, time, services, logger);
        _interval = configuration.GetValue("Feeds:Interval", TimeSpan.FromMinutes(1));
        _feeds = subscriptions.TypesByService.Select(types => (types.Key, configuration[$"Feeds:{types.Key}"], types.ToArray())).ToList();
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var missing = _feeds.Where(feed => feed.Address != Off && !Uri.TryCreate(feed.Address, UriKind.Absolute, out _)).Select(feed =>
            $"Feeds:{feed.Source} has to be the gRPC address of {feed.Source}, for example http://127.0.0.1:6011, or dns:///{feed.Source}:6011 for all addresses of a name, or '{Off}' to do without its event feed");
        var problems = missing.ToList();
        return problems.Count == 0
            ? base.StartAsync(cancellationToken)
            : throw new OptionsValidationException("Feeds", typeof(FeedPuller), problems);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_feeds.Where(feed => feed.Address != Off).Select(feed => FollowAsync(feed.Source, feed.Address!, feed.Types, stoppingToken)));

    private async Task FollowAsync(string source, string address, string[] types, CancellationToken stoppingToken)
    {
        using var channel = Open(address);
        var client = new MessagingService.MessagingServiceClient(channel);
        while (true)
        {
            var pause = _interval;
            try
            {
                var recovered = await _reader.PullAsync(source, types, _interval, ReadAsync, stoppingToken);
                if (recovered > 0) Recovered(recovered, source);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The service of the feed, or PostgreSQL, is away; nothing is lost by coming back.
                Failed(source, failure is RpcException rpc ? rpc.StatusCode.ToString() : failure.GetType().Name);
                if (pause > LongestPause) pause = LongestPause;
            }

            await Task.Delay(pause, _time, stoppingToken);
        }

        async Task<ReadEventsResponse> ReadAsync(string position, CancellationToken cancellationToken)
        {
            var request = new ReadEventsRequest { AfterPosition = position, Types_ = { types } };
            return await client.ReadEventsAsync(request, await _token.HeadersAsync(cancellationToken), _time.GetUtcNow().AddSeconds(30).UtcDateTime, cancellationToken);
        }
    }

    /// <summary>A name with several addresses is that of several replicas: the pages of a feed are asked of each in turn.</summary>
    private GrpcChannel Open(string address) => address.StartsWith("dns:", StringComparison.Ordinal)
        ? GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            ServiceProvider = _services,
            ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } },
        })
        : GrpcChannel.ForAddress(address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events that the broker had not brought came by the feed of {Source}")]
    private partial void Recovered(int count, string source);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The event feed of {Source} could not be read ({Error}); trying again")]
    private partial void Failed(string source, string error);
}
