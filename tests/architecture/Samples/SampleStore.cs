namespace Jiceng.ArchitectureTests.Samples;

/// <summary>A store, which the domain may not use, and an interface without code.</summary>
internal sealed class SampleStore
{
    public int Count => Environment.ProcessorCount;

    public Task SaveAsync() => Task.Delay(Count);
}

internal interface ISampleOutside
{
    int Number { get; }
}
