using Grpc.Core;
using Jiceng.Grid.V1;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Jiceng.Bench;

/// <summary>Upper bound for a service: answers each report with a case of typical size and does nothing else.</summary>
internal static class EchoServer
{
    /// <param name="address">Address of the gRPC endpoint.</param>
    /// <param name="probe">Address of <c>/readyz</c> over HTTP/1.1; null for none.</param>
    public static async Task<int> RunAsync(Uri address, Uri? probe)
    {
        // The content root is watched for settings: without this, it would be the current folder, which may be the whole file system.
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
