using Jiceng.Gateway.Limits;
using Jiceng.Gateway.Routing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Gateway;

public sealed class CallClassTests
{
    private static readonly ContractMethods Methods = new();

    [Theory]
    [InlineData("jiceng.grid.v1.CaseService/GetCase", CallClass.Read)]
    [InlineData("jiceng.grid.v1.CaseService/ReportCase", CallClass.Write)]
    [InlineData("jiceng.grid.v1.CaseService/WatchCases", CallClass.Stream)]
    [InlineData("jiceng.common.v1.MessagingService/FollowEvents", CallClass.Stream)]
    [InlineData("jiceng.grid.v1.NodeService/ImportNodes", CallClass.Import)]
    public void Find_Method_IsOfTheClassThatItsDescriptorTells(string path, object expected) => Methods.Find(path)!.Class.ShouldBe((CallClass)expected);

    [Fact]
    public void Find_EveryMethodOfTheContracts_HasAClass_AndOthersHaveNone()
    {
        foreach (var method in Methods.Services.SelectMany(service => service.Methods))
            Methods.Find($"{method.Service.FullName}/{method.Name}").ShouldNotBeNull();
        Methods.Find("jiceng.grid.v1.CaseService/Drop").ShouldBeNull();
        Methods.Find("").ShouldBeNull();
    }
}
