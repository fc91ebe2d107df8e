using Jiceng.Cli.Clients;
using Jiceng.Grid.V1;

namespace Jiceng.Cli.Import;

/// <summary>Sends rows to NodeService.ImportNodes, a thousand at a time.</summary>
internal static class NodeImport
{
    private const int RowsInMessage = 1000;

    public static async Task<ImportNodesResponse> SendAsync(Gateway gateway, Calls caller, IReadOnlyList<NodeRow> rows, ImportNodesOptions options,
        Action<string> report, CancellationToken cancellationToken)
    {
        options.RequestId = gateway.RequestId();
        using var call = gateway.Nodes.ImportNodes(caller.Options(cancellationToken));
        await call.RequestStream.WriteAsync(new ImportNodesRequest { Options = options }, cancellationToken);
        var sent = 0;
        foreach (var part in rows.Chunk(RowsInMessage))
        {
            await call.RequestStream.WriteAsync(new ImportNodesRequest { Rows = new NodeRows { Rows = { part } } }, cancellationToken);
            report($"{sent += part.Length} of {rows.Count} places sent");
        }

        await call.RequestStream.CompleteAsync();
        report($"{sent} places sent, waiting for the response");
        return await call.ResponseAsync;
    }
}
