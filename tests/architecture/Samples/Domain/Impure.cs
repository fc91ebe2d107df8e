using Dapper;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Jiceng.ArchitectureTests.Samples.Domain;

/// <summary>Breaks every rule about layers; the tests see each violation.</summary>
internal sealed class Impure(SampleStore store, TimeProvider time)
{
    private Func<HttpContext, Task>? _request;

    public async Task<string> RunAsync()
    {
        await using var connection = new NpgsqlConnection();
        var rows = await connection.QueryAsync<int>("SELECT 1");
        _request ??= _ => throw new RpcException(Status.DefaultSuccess);
        return $"{store.Count}{rows.Count()}{time.GetUtcNow()}{File.Exists("x")}{_request.Method.Name}";
    }
}

internal abstract class ImpureByShape : ISampleOutside
{
    public abstract int Number { get; }
}
