using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Source;

public sealed class ProjectRuleTests
{
    [Fact]
    public void WrongReferences_EveryProject_KeepsToItsLayer() =>
        Repository.Projects.SelectMany(ProjectRules.WrongReferences).ShouldBeEmpty();

    [Fact]
    public void WrongPackages_EveryProject_LeavesDaprToMessaging() =>
        Repository.Projects.SelectMany(ProjectRules.WrongPackages).ShouldBeEmpty();

    [Fact]
    public void BadSuppressions_EveryFileOfTheBuild_HasNone()
    {
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        Repository.Projects.Select(project => (project.Path, project.Xml))
            .Concat(new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" }.Select(path => (path, XElement.Parse(Repository.Read(path)))))
            .SelectMany(file => ProjectRules.BadSuppressions(file.Item1, file.Item2, today)).ShouldBeEmpty();
    }

    [Fact]
    public void LockFiles_EveryProject_HasOne() =>
        Repository.Projects.Where(project => !File.Exists(Path.Combine(Repository.Root, project.Folder, "packages.lock.json")))
            .Select(project => project.Path).ShouldBeEmpty();

    [Fact]
    public void Undocumented_EveryLibrary_WritesDocumentation() =>
        Repository.Projects.SelectMany(ProjectRules.Undocumented).ShouldBeEmpty();

    [Fact]
    public void NotInSolution_EveryProject_IsListed() =>
        ProjectRules.NotInSolution(Repository.Projects.Select(project => project.Path), XElement.Parse(Repository.Read("Jiceng.slnx"))).ShouldBeEmpty();

    [Fact]
    public void Programs_EveryProjectBelowTests_IsOneExceptSupport() =>
        Repository.Projects.Where(project => project.Path.StartsWith("tests/", StringComparison.Ordinal) && !project.IsProgram)
            .Select(project => project.Folder).ShouldBe(["tests/support"]);

    [Theory]
    [InlineData("services/grid/Grid.csproj", "../scoring/Scoring.csproj", 1)]
    [InlineData("services/gateway/Gateway.csproj", "../../libs/Persistence/Persistence.csproj", 1)]
    [InlineData("services/gateway/Gateway.csproj", "../../libs/Hosting/Hosting.csproj", 0)]
    [InlineData("libs/Domain/Domain.csproj", "../Contracts/Contracts.csproj", 1)]
    [InlineData("libs/Hosting/Hosting.csproj", "../Rpc/Rpc.csproj", 1)]
    [InlineData("libs/Messaging/Messaging.csproj", "../Webhooks/Webhooks.csproj", 1)]
    [InlineData("libs/Webhooks/Webhooks.csproj", "../Messaging/Messaging.csproj", 0)]
    [InlineData("tools/cli/Cli.csproj", "../../services/grid/Grid.csproj", 1)]
    [InlineData("services/grid/Grid.csproj", "../../libs/Rpc/Rpc.csproj", 0)]
    public void WrongReferences_Sample_IsFound(string path, string reference, int expected) =>
        ProjectRules.WrongReferences(Project(path, $"<ProjectReference Include='{reference}' />")).Count().ShouldBe(expected);

    [Theory]
    [InlineData("services/grid/Grid.csproj", 1)]
    [InlineData("libs/Messaging/Messaging.csproj", 0)]
    public void WrongPackages_Sample_IsFound(string path, int expected) =>
        ProjectRules.WrongPackages(Project(path, "<PackageReference Include='Dapr.Client' />")).Count().ShouldBe(expected);

    [Theory]
    [InlineData("Reason='fixed in 2' Until='2026-11-29'", 0)]
    [InlineData("Reason='fixed in 2' Until='2027-02-27'", 0)]
    [InlineData("Reason='fixed in 2' Until='2027-02-28'", 1)]
    [InlineData("Reason='fixed in 2' Until='2026-11-28'", 1)]
    [InlineData("Reason='fixed in 2' Until='soon'", 1)]
    [InlineData("Reason='fixed in 2'", 1)]
    [InlineData("Until='2026-12-01'", 1)]
    public void BadSuppressions_Sample_IsFound(string attributes, int expected) =>
        ProjectRules.BadSuppressions("x.props", XElement.Parse($"<Project><ItemGroup><NuGetAuditSuppress Include='a' {attributes} /></ItemGroup></Project>"), new DateOnly(2026, 11, 29))
            .Count().ShouldBe(expected);

    [Fact]
    public void Undocumented_Sample_IsFound() =>
        ProjectRules.Undocumented(Project("libs/New/New.csproj", "")).ShouldHaveSingleItem();

    [Fact]
    public void NotInSolution_Sample_IsFoundBothWays()
    {
        var solution = XElement.Parse("<Solution><Project Path='a/A.csproj' /><Project Path='b/B.csproj' /></Solution>");
        ProjectRules.NotInSolution(["a/A.csproj", "c/C.csproj"], solution)
            .ShouldBe(["c/C.csproj is not in Jiceng.slnx.", "Jiceng.slnx lists b/B.csproj, which does not exist."]);
    }

    private static ProjectFile Project(string path, string items) => new(path, XElement.Parse($"<Project><ItemGroup>{items}</ItemGroup></Project>"));
}
