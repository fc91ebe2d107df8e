using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Contracts;
using Shouldly;
using Xunit;

namespace Jiceng.ContractTests;

/// <summary>Every comment of the contracts has a Chinese translation in protos/zh, and no translation there is stale.</summary>
public sealed class ChineseTests
{
    private static readonly IReadOnlyList<FileDescriptor> Files = FileDescriptor.BuildFromByteStrings(
        FileDescriptorSet.Parser.ParseFrom(PublishedContracts.ReadDescriptorSet()).File.Select(file => file.ToByteString()));

    private static readonly IReadOnlyDictionary<string, string> Chinese =
        PublishedContracts.ReadChinese().SelectMany(file => file.Value).DistinctBy(entry => entry.Key).ToDictionary();

    [Fact]
    public void Comments_All_AreTranslated() => ChineseRules.Missing(Comments.In(Files), Chinese).ShouldBeEmpty();

    [Fact]
    public void Translations_All_BelongToAComment() => ChineseRules.Stale(Comments.In(Files), Chinese).ShouldBeEmpty();

    [Fact]
    public void Translations_EachComment_IsInOneFile() => PublishedContracts.ReadChinese().SelectMany(file => file.Value.Keys)
        .GroupBy(comment => comment).Where(same => same.Count() > 1).Select(same => $"protos/zh has twice: {same.Key}").ShouldBeEmpty();

    [Fact]
    public void Translations_All_ContainHan() =>
        Chinese.Where(entry => !entry.Value.Any(c => c is >= '一' and <= '鿿')).Select(entry => $"No Chinese: {entry.Key}").ShouldBeEmpty();

    [Fact]
    public void Descriptors_Published_MatchGeneratedCode() =>
        Files.SelectMany(file => file.Services).SelectMany(service => service.Methods).Select(method => method.FullName)
            .ShouldBe(ContractFiles.Services.SelectMany(service => service.Methods).Select(method => method.FullName), ignoreOrder: true);

    [Fact]
    public void Missing_Sample_IsReportedWithLocation()
    {
        var found = ChineseRules.Missing([new Comment("jiceng/grid/v1/case.proto", "jiceng.grid.v1.Case", "A case.")], new Dictionary<string, string>());
        found.ShouldHaveSingleItem().ShouldBe("jiceng/grid/v1/case.proto, jiceng.grid.v1.Case: protos/zh/grid.json needs \"A case.\"");
    }

    [Fact]
    public void Stale_Sample_IsReported() =>
        ChineseRules.Stale([], new Dictionary<string, string> { ["A case."] = "事件。" }).ShouldHaveSingleItem().ShouldContain("A case.");
}
