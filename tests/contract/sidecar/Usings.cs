global using Jiceng.SidecarConformance.Harness;
global using Shouldly;
global using Xunit;

[assembly: AssemblyFixture(typeof(Broker))]
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
