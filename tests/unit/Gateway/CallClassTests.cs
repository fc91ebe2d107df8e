using Jiceng.Gateway.Limits;
using Jiceng.Gateway.Routing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Gateway;

public sealed class CallClassTests
{
    private static readonly ContractMethods Methods = new();

    [Theory]
    [InlineData("/jiceng.grid.v1.CaseService/GetCase", CallClass.Read)]
    [InlineData("/jiceng.grid.v1.CaseService/ReportCase", CallClass.Write)]
    [InlineData("/jiceng.grid.v1.CaseService/WatchCases", CallClass.Stream)]
    [InlineData("/jiceng.common.v1.MessagingService/FollowEvents", CallClass.Stream)]
    [InlineData("/jiceng.grid.v1.NodeService/ImportNodes", CallClass.Import)]
    public void Find_Method_IsOfTheClassThatItsDescriptorTells(string path, object expected) => new CallClasses(Methods).Find(path).ShouldBe(expected);

    [Fact]
    public void Find_EveryMethodOfTheContracts_HasAClass_AndOthersHaveNone()
    {
        var classes = new CallClasses(Methods);

        foreach (var method in Methods.Services.SelectMany(service => service.Methods))
            classes.Find($"/{method.Service.FullName}/{method.Name}").ShouldNotBeNull();
        classes.Find("/jiceng.grid.v1.CaseService/Drop").ShouldBeNull();
        classes.Find(null).ShouldBeNull();
    }
}
