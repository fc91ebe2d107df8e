using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using V1 = Jiceng.Grid.V1;

namespace Jiceng.Grid.Nodes;

/// <summary>The client stream of NodeService.ImportNodes: reads all rows, validates them, writes the good ones in one transaction.</summary>
internal sealed class ImportRpc(RpcWrites writes)
{
    // The largest county of the country has fewer than 20,000 places and micro-grids.
    private const int RowLimit = 200_000;
    private const int RefusedShown = 1_000;
    private const int CodeShown = 32;

    public async Task<V1.ImportNodesResponse> RunAsync(IAsyncStreamReader<V1.ImportNodesRequest> stream, ServerCallContext context)
    {
        if (!await stream.MoveNext(context.CancellationToken) || stream.Current.ContentCase != V1.ImportNodesRequest.ContentOneofCase.Options)
            throw GridErrors.ImportOptionsFirst.With();
        var options = stream.Current.Options;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([Convert.ToByte(options.AllOrNothing), Convert.ToByte(options.DryRun)]);
        var import = new NodeImport(context.Caller().Scope);
        while (await stream.MoveNext(context.CancellationToken))
        {
            if (stream.Current.ContentCase != V1.ImportNodesRequest.ContentOneofCase.Rows)
                throw GridErrors.ImportOptionsFirst.With();
            foreach (var row in stream.Current.Rows.Rows)
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{row.Line}\n{row.Code}\n{row.Name}\n"));
                import.Add(new ImportRow(row.Line, row.Code, row.Name));
            }

            if (import.RowCount > RowLimit)
                throw GridErrors.ImportTooLarge.With(("limit", RowLimit.ToString(CultureInfo.InvariantCulture)));
        }

        var requestId = options.RequestId.Length == 0 ? null : Require.Id(options.RequestId, "options.request_id").ToString();
        return await writes.RunAsync(requestId, hash.GetHashAndReset, context, (work, _, token) => ImportAsync(work, import, options, token));
    }

    private async Task<V1.ImportNodesResponse> ImportAsync(Work work, NodeImport import, V1.ImportNodesOptions options, CancellationToken token)
    {
        var parents = await NodeStore.FindAllAsync(work.Connection, import.ParentsToFind(), token);
        var (rows, refused) = import.Settle(parents.Keys.ToHashSet());
        var existing = await NodeStore.FindAllAsync(work.Connection, rows.Select(row => row.Code), token);
        var made = rows.Where(row => !existing.ContainsKey(row.Code))
            .Select(row => new Node(row.Code, row.Name, null, 1, work.Now, work.Now)).ToList();
        var renamed = rows.Where(row => existing.TryGetValue(row.Code, out var node) && node.Name != row.Name)
            .Select(row => existing[row.Code].Rename(row.Name, work.Now)).ToList();
        var write = !options.DryRun && !(options.AllOrNothing && refused.Count > 0);
        if (write)
            Write(work, made, renamed);
        var answer = new V1.ImportNodesResponse
        {
            CreatedCount = made.Count,
            UpdatedCount = renamed.Count,
            UnchangedCount = rows.Count - made.Count - renamed.Count,
            RefusedCount = refused.Count,
            Imported = write,
        };
        answer.RefusedRows.AddRange(refused.Take(RefusedShown).Select(Map));
        return answer;
    }

    private void Write(Work work, List<Node> made, List<Node> renamed)
    {
        List<Node> changed = [.. made, .. renamed];
        NodeStore.Save(work, changed);
        foreach (var node in changed)
            NodeEvents.Publish(work, node);
        work.Audit("node.import", "node", "import", null, $"{{\"created\":{made.Count},\"renamed\":{renamed.Count}}}");
    }

    private static V1.RefusedRow Map(RefusedRow row) => new()
    {
        Line = row.Row.Line,
        Code = row.Row.Code.Length <= CodeShown ? row.Row.Code : row.Row.Code[..CodeShown],
        Reason = row.Refusal.Reason.Reason,
        Message = row.Refusal.Message,
        MessageZh = row.Refusal.Chinese,
    };
}
