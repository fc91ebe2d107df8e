using Jiceng.TestSupport;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedPostgres))]
