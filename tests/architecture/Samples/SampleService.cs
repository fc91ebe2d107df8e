using Google.Protobuf.WellKnownTypes;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.ArchitectureTests.Samples;

/// <summary>Writes and publishes by itself, which is for the writer.</summary>
internal sealed class SampleService(SampleStore store, UnitOfWork work)
{
    public Task RunAsync()
    {
        work.Publish("id", null, 1, new Empty());
        return store.Count > 0 ? store.SaveAsync() : SampleWriter.SaveAsync(store, work);
    }
}

internal static class SampleWriter
{
    public static Task SaveAsync(SampleStore store, UnitOfWork work)
    {
        work.Publish("id", null, 1, new Empty());
        return store.SaveAsync();
    }
}
