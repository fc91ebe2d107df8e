using Grpc.Core;
using Jiceng.Grid.V1;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Jiceng.Bench;

/// <summary>What a service could answer at best: it takes a report and answers with a case of the usual size, and does nothing else.</summary>
internal static class EchoServer
{
    /// <param name="address">Where it takes gRPC calls.</param>
    /// <param name="probe">Where it answers /readyz by HTTP/1.1, as services do; nowhere when null.</param>
    public static async Task<int> RunAsync(Uri address, Uri? probe)
    {
        // Settings are watched below the folder of the content: not the whole file system, wherever this is started.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, address.Port, listen => listen.Protocols = HttpProtocols.Http2);
            if (probe is not null) kestrel.Listen(System.Net.IPAddress.Loopback, probe.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGrpc();
        await using var app = builder.Build();
        app.MapGrpcService<EchoCases>();
        app.MapGet("/readyz", () => "ok");
        await app.RunAsync();
        return 0;
    }

    private sealed class EchoCases : CaseService.CaseServiceBase
    {
        private const string Id = "01a2012b-61df-711b-b4ab-a9fb28fcd5ae";

        public override Task<Case> ReportCase(ReportCaseRequest request, ServerCallContext context) => Task.FromResult(new Case
        {
            CaseId = Id,
            NodeCode = request.NodeCode,
            OwnerCode = request.NodeCode,
            Category = request.Category,
            Urgency = Urgency.Normal,
            State = CaseState.Reported,
            Description = request.Description,
            ReporterId = Id,
            ReportTime = new() { Seconds = 1_795_315_868, Nanos = 123_456_000 },
            AcceptDueTime = new() { Seconds = 1_795_315_868 },
            UpdateTime = new() { Seconds = 1_795_315_868, Nanos = 123_456_000 },
            Etag = "1",
        });
    }
}
