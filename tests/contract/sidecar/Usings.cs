global using Jiceng.SidecarConformance.Harness;
global using Jiceng.TestSupport;
global using Shouldly;
global using Xunit;

[assembly: AssemblyFixture(typeof(Broker))]
[assembly: Xunit.v3.Parallelization(MaxThreads = 6)]
