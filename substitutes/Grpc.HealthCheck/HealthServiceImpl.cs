using System.Threading.Channels;
using Grpc.Core;
using Grpc.Health.V1;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Grpc.HealthCheck;

/// <summary>Answers the health protocol from statuses that the program sets. Register it as a singleton.</summary>
public class HealthServiceImpl : Health.V1.Health.HealthBase
{
    /// <summary>A watcher that reads slowly sees only the last few changes.</summary>
    private const int WaitingChanges = 5;

    private readonly Lock gate = new();
    private readonly Dictionary<string, ServingStatus> statuses = [];
    private readonly List<Watcher> watchers = [];

    public void SetStatus(string service, ServingStatus status)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (gate)
        {
            var before = StatusOf(service);
            statuses[service] = status;
            if (status != before)
                Tell(service);
        }
    }

    public void ClearStatus(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (gate)
        {
            var before = StatusOf(service);
            statuses.Remove(service);
            if (before != ServingStatus.ServiceUnknown)
                Tell(service);
        }
    }

    public void ClearAll()
    {
        lock (gate)
        {
            foreach (var service in statuses.Keys.ToList())
                ClearStatus(service);
        }
    }

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        lock (gate)
        {
            return statuses.TryGetValue(request.Service, out var status)
                ? Task.FromResult(new HealthCheckResponse { Status = status })
                : throw new RpcException(new Status(StatusCode.NotFound, ""));
        }
    }

    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var changes = Channel.CreateBounded<ServingStatus>(
            new BoundedChannelOptions(WaitingChanges) { FullMode = BoundedChannelFullMode.DropOldest });
        var watcher = new Watcher(request.Service, changes.Writer);
        lock (gate)
        {
            watchers.Add(watcher);
            changes.Writer.TryWrite(StatusOf(request.Service));
        }

        try
        {
            await using var ended = context.CancellationToken.Register(() => changes.Writer.TryComplete());
            await foreach (var status in changes.Reader.ReadAllAsync())
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status });
        }
        finally
        {
            lock (gate)
            {
                watchers.Remove(watcher);
            }
        }
    }

    private ServingStatus StatusOf(string service) => statuses.GetValueOrDefault(service, ServingStatus.ServiceUnknown);

    private void Tell(string service)
    {
        foreach (var watcher in watchers.Where(watcher => watcher.Service == service))
            watcher.Changes.TryWrite(StatusOf(service));
    }

    private sealed record Watcher(string Service, ChannelWriter<ServingStatus> Changes);
}
