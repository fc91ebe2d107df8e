using System.Globalization;
using System.Security.Cryptography;
using System.Text.Unicode;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Grid.Nodes.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using V1 = Jiceng.Grid.V1;

namespace Jiceng.Grid.Nodes;

/// <summary>The client stream of NodeService.ImportNodes: reads all rows, validates them, writes the good ones in one transaction.</summary>
internal sealed class ImportNodesHandler(RpcWrites writes)
{
    // The largest county of the country has fewer than 20,000 places and micro-grids.
    private const int RowLimit = 200_000;
    private const int RefusedShown = 1_000;

    public async Task<V1.ImportNodesResponse> RunAsync(IAsyncStreamReader<V1.ImportNodesRequest> stream, ServerCallContext context)
    {
        if (!await stream.MoveNext(context.CancellationToken) || stream.Current.ContentCase != V1.ImportNodesRequest.ContentOneofCase.Options)
            throw GridErrors.ImportOptionsFirst.With();
        var options = stream.Current.Options;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([Convert.ToByte(options.AllOrNothing), Convert.ToByte(options.DryRun)]);
        var bytes = new byte[1024];
        var import = new NodeImport(context.Caller().Scope);
        while (await stream.MoveNext(context.CancellationToken))
        {
            if (stream.Current.ContentCase != V1.ImportNodesRequest.ContentOneofCase.Rows)
                throw GridErrors.ImportOptionsFirst.With();
            foreach (var row in stream.Current.Rows.Rows)
            {
                hash.AppendData(Bytes(row, ref bytes));
                import.Add(new ImportRow(row.Line, row.Code, row.Name));
            }

            if (import.RowCount > RowLimit)
                throw GridErrors.ImportTooLarge.With(("limit", RowLimit.ToString(CultureInfo.InvariantCulture)));
        }

        var requestId = options.RequestId.Length == 0 ? null : Require.Id(options.RequestId, "options.request_id").ToString();
        return await writes.RunAsync(requestId, hash.GetHashAndReset, context, (work, _, token) => ImportAsync(work, import, options, token));
    }

    private static async Task<V1.ImportNodesResponse> ImportAsync(UnitOfWork work, NodeImport import, V1.ImportNodesOptions options, CancellationToken cancellationToken)
    {
        await NodeStore.LockImportAsync(work, import.Provinces(), cancellationToken);
        var (rows, refused) = import.Settle((await NodeStore.NamesAsync(work.Connection, import.ParentsToFind(), cancellationToken)).Keys.ToHashSet());
        var names = await NodeStore.NamesAsync(work.Connection, [.. rows.Select(row => row.Code)], cancellationToken);
        var made = rows.Where(row => !names.ContainsKey(row.Code)).Select(row => new Node(row.Code, row.Name, null, 1, work.Now, work.Now)).ToList();
        var renamed = await RenameAsync(work, [.. rows.Where(row => names.TryGetValue(row.Code, out var name) && name != row.Name)], cancellationToken);
        var write = !options.DryRun && !(options.AllOrNothing && refused.Count > 0);
        if (write) await NodeWriter.ImportAsync(work, made, renamed, cancellationToken);
        var answer = new V1.ImportNodesResponse
        {
            CreatedCount = made.Count,
            UpdatedCount = renamed.Count,
            UnchangedCount = rows.Count - made.Count - renamed.Count,
            RefusedCount = refused.Count,
            Imported = write,
        };
        answer.RefusedRows.AddRange(refused.Take(RefusedShown).Select(row => row.ToMessage()));
        return answer;
    }

    /// <summary>The nodes with their new names. They are read again under a lock: somebody may be changing them.</summary>
    private static async Task<List<Node>> RenameAsync(UnitOfWork work, IReadOnlyList<GoodRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return [];
        var nodes = await NodeStore.LockAllAsync(work, [.. rows.Select(row => row.Code)], cancellationToken);
        return [.. rows.Where(row => nodes[row.Code].Name != row.Name).Select(row => nodes[row.Code].Rename(row.Name, work.Now))];
    }

    private static ReadOnlySpan<byte> Bytes(V1.NodeRow row, ref byte[] buffer)
    {
        int written;
        while (!Utf8.TryWrite(buffer, CultureInfo.InvariantCulture, $"{row.Line}\n{row.Code}\n{row.Name}\n", out written)) buffer = new byte[2 * buffer.Length];
        return buffer.AsSpan(0, written);
    }
}
