namespace Jiceng.ArchitectureTests.Samples;

/// <summary>A store, which a pure file may not use, and an interface without code.</summary>
internal sealed class SampleStore
{
    public int Count => Environment.ProcessorCount;
}

internal interface ISampleOutside
{
    int Number { get; }
}
