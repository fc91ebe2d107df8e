using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Hosting;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Jiceng.Hosting;

/// <summary>
/// grpc.health.v1 of the whole service ("") and of each gRPC service by its full name: all are ready when the process is. Two more names
/// are for the orchestrator: <see cref="Started"/>, and <see cref="Live"/>, which checks only what a restart can fix.
/// </summary>
internal sealed class HealthRpc(Readiness readiness, ServedServices served, IHostApplicationLifetime lifetime, TimeProvider time) : Health.HealthBase
{
    /// <summary>Serving when every part of the process has started, whatever it needs from outside.</summary>
    private const string Started = "started";

    /// <summary>Serving while the process answers.</summary>
    private const string Live = "live";

    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(2);

    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        if (!Knows(request.Service)) context.Status = new Status(StatusCode.NotFound, $"there is no service {request.Service}");
        return new HealthCheckResponse { Status = await StatusAsync(request.Service, context.CancellationToken) };
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(WatchPeriod, time);
        ServingStatus? told = null;
        try
        {
            do
            {
                var status = await StatusAsync(request.Service, stop.Token);
                if (status == told) continue;
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, stop.Token);
                told = status;
            }
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await responseStream.WriteAsync(new HealthCheckResponse { Status = ServingStatus.NotServing }, context.CancellationToken);
        }
    }

    private bool Knows(string service) => service.Length == 0 || service is Started or Live || served.Names.Contains(service);

    private async Task<ServingStatus> StatusAsync(string service, CancellationToken cancellationToken)
    {
        if (!Knows(service)) return ServingStatus.ServiceUnknown;
        var serving = service switch
        {
            Live => true,
            Started => lifetime.ApplicationStarted.IsCancellationRequested,
            _ => (await readiness.CheckAsync(cancellationToken)).Ready,
        };
        return serving ? ServingStatus.Serving : ServingStatus.NotServing;
    }
}
