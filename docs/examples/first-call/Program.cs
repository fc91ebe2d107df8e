using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Grid.V1;

// Reports a case in a micro-grid, then lists the cases there that wait to be accepted.
using var channel = GrpcChannel.ForAddress(args[0]);
var cases = new CaseService.CaseServiceClient(channel);
var headers = new Metadata { { "authorization", $"Bearer {Environment.GetEnvironmentVariable("JICENG_TOKEN")}" } };
try
{
    var reported = await cases.ReportCaseAsync(new ReportCaseRequest
    {
        NodeCode = "140224205201001",
        Category = "facilities.lamp",
        Description = "路灯不亮",
        // Sent again with this id, the report gets the same answer and is made once.
        RequestId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString(),
    }, headers);
    Console.WriteLine($"reported as {reported.CaseId}, to be accepted by {reported.AcceptDueTime.ToDateTimeOffset():u}");

    var waiting = await cases.ListCasesAsync(new ListCasesRequest { States = { CaseState.Reported } }, headers);
    foreach (var one in waiting.Cases) Console.WriteLine($"{one.NodeCode} {one.State} {one.Description}");
    return 0;
}
catch (RpcException refused)
{
    Console.Error.WriteLine($"{refused.StatusCode}: {refused.Status.Detail}");
    return 1;
}
