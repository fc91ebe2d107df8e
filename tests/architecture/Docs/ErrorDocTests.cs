using System.Reflection;
using Jiceng.ArchitectureTests.Compiled;
using Jiceng.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

public sealed class ErrorDocTests
{
    [Fact]
    public void Errors_EveryReason_StandsInTheDocument() =>
        new DocTable("docs/errors.md", "Domain", "Reason", "gRPC code", "English", "中文")
            .HoldEqual([.. ErrorCatalog.All.Select(entry => ErrorCatalog.Row(entry.Reason))]);

    [Fact]
    public void Errors_EveryReason_StandsInTheFileOfTheGateway() => DocFile.HoldEqual("services/gateway/OpenApi/errors.json", ErrorCatalog.Json());

    [Fact]
    public void Errors_EveryReason_IsWellFormed() => ErrorCatalog.All.SelectMany(entry => ErrorCatalog.Faults(entry.Reason)).ShouldBeEmpty();

    [Fact]
    public void Errors_EveryReason_HasItsOwnName() =>
        ErrorCatalog.All.GroupBy(entry => (entry.Reason.Domain, entry.Reason.Reason)).Where(same => same.Count() > 1).Select(same => same.Key).ShouldBeEmpty();

    [Fact]
    public void Errors_EveryHolder_IsNamedSo() =>
        ErrorCatalog.All.Select(entry => entry.Holder.Name).Distinct().ShouldAllBe(name => name.EndsWith("Errors", StringComparison.Ordinal));

    [Fact]
    public void Errors_MadeElsewhere_AreNone() =>
        Suite.Assemblies.SelectMany(CompiledReferences.Of)
            .Where(reference => reference.Member is ConstructorInfo made && made.DeclaringType == typeof(ErrorReason))
            .Where(reference => !reference.From.Name.EndsWith("Errors", StringComparison.Ordinal) && reference.From != typeof(ErrorReason))
            .Select(reference => reference.From.FullName).ShouldBeEmpty();

    [Theory]
    [InlineData("grid.jiceng", "nodeMissing", "No {code}.", "没有 {code}。")]
    [InlineData("grid", "NODE_MISSING", "No {code}.", "没有 {code}。")]
    [InlineData("grid.jiceng", "NODE_MISSING", "No {code}.", "No {code}.")]
    [InlineData("grid.jiceng", "NODE_MISSING", "No {code}.", "没有。")]
    public void Faults_Sample_IsFound(string domain, string reason, string english, string chinese) =>
        ErrorCatalog.Faults(new ErrorReason(domain, reason, ErrorKind.NotFound, english, chinese)).ShouldHaveSingleItem();

    [Fact]
    public void Row_Reason_TellsTheCodeThatCallersSee() =>
        ErrorCatalog.Row(CommonErrors.OutOfScope).ShouldStartWith("| jiceng | OUT_OF_SCOPE | PERMISSION_DENIED |");
}
