namespace Jiceng.IntegrationTests.Access;

/// <summary>The same things in one place and in another, so that what a caller may see and may not see differ in nothing else.</summary>
/// <param name="Township">Scope of the callers who may.</param>
/// <param name="Place">A place in it, for requests that name a place.</param>
/// <param name="Ids">Id of the seeded resource of each kind that access options name.</param>
/// <param name="Fields">Values for other fields of requests: by the field's name for filters, by <c>Method.field</c> for what a method asks for.</param>
/// <param name="Owner">Subject whose own the resources are.</param>
/// <param name="Marks">Texts that an answer holds only when it tells about this place.</param>
internal sealed record Seed(
    string Township, string Place, IReadOnlyDictionary<string, string> Ids, IReadOnlyDictionary<string, string> Fields, string Owner, IReadOnlyList<string> Marks);

/// <summary>A running service with its seeds.</summary>
internal sealed class AccessWorld(ServiceRun run, string package, Seed here, Seed there) : IAsyncDisposable
{
    public const string County = "140224";

    public ServiceRun Run => run;

    /// <summary>Package of the contracts that it serves, for example jiceng.grid.v1.</summary>
    public string Package => package;

    /// <summary>Where the callers of the tests are in scope.</summary>
    public Seed Here => here;

    public Seed There => there;

    public ValueTask DisposeAsync() => run.DisposeAsync();

    public static string NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
}
