using Google.Protobuf.Reflection;
using Jiceng.Common.V1;
using Jiceng.Contracts;
using Shouldly;
using Xunit;

namespace Jiceng.ContractTests;

public sealed class DescriptorTests
{
    private static IEnumerable<MethodDescriptor> Methods => ContractFiles.Services.SelectMany(service => service.Methods);

    [Fact]
    public void Services_OfSuite_AreComplete() => ContractFiles.Services.Select(service => service.Name).ShouldBe(
        [
            "AppointmentService", "CommendationService", "LiaisonService", "OrganizationService", "PersonService", "MessagingService", "WebhookService",
            "CaseService", "NodeService", "ItemService", "PointsService", "SchemeService",
        ]);

    [Fact]
    public void Access_EveryMethod_IsDeclared() => Methods.SelectMany(AccessRules.Faults).ShouldBeEmpty();

    [Fact]
    public void RequestId_EveryWriteMethod_Exists() => Methods.SelectMany(MethodRules.RequestIds).ShouldBeEmpty();

    [Fact]
    public void Paging_EveryList_IsSupported() => Methods.SelectMany(MethodRules.Pages).ShouldBeEmpty();

    [Fact]
    public void Requests_EveryMethod_AreNotShared() => MethodRules.SharedRequests(Methods).ShouldBeEmpty();

    [Fact]
    public void Exceptions_All_Exist() => MethodRules.StaleExceptions(Methods).ShouldBeEmpty();

    [Fact]
    public void Enums_ValueZero_IsUnspecified() =>
        ContractFiles.All.SelectMany(FieldRules.Enums).SelectMany(FieldRules.EnumZero).ShouldBeEmpty();

    [Fact]
    public void Times_EveryTimestamp_EndsWithTime() =>
        ContractFiles.All.SelectMany(FieldRules.Fields).SelectMany(FieldRules.Times).ShouldBeEmpty();

    [Fact]
    public void Points_EveryField_IsDecimalString() =>
        ContractFiles.All.SelectMany(FieldRules.Fields).SelectMany(FieldRules.Points).ShouldBeEmpty();

    public static TheoryData<string, string, bool, string> WrongAccess => new()
    {
        { "", "code:String", false, "has no option" },
        { "{ \"placeField\": \"code\" }", "code:String", false, "names no permission" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\" }", "code:String", false, "has no target" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"placeless\": false }", "code:String", false, "has no target" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"placeField\": \"place\" }", "code:String", false, "has no field place" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"placeField\": \"code\" }", "code:Int32", false, "not one string" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"placeField\": \"code.x\" }", "code:String", false, "has no field x" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"resource\": { \"field\": \"code\" } }", "code:String", false, "has no kind" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"placeField\": \"code\" }", "code:String", true, "streams its request" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"alsoPermission\": \"PERMISSION_NODE_READ\", \"placeless\": true }", "", false, "is empty or a duplicate" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"placeless\": true, \"own\": true }", "", false, "own belongs" },
        { "{ \"permission\": \"PERMISSION_NODE_READ\", \"placeless\": true, \"scopeWhenEmpty\": true }", "", false, "scope_when_empty belongs" },
    };

    [Theory]
    [MemberData(nameof(WrongAccess))]
    public void Access_InvalidSample_IsReported(string option, string fields, bool streamed, string expected) =>
        AccessRules.Faults(Sample.Method("Get", option.Length == 0 ? null : Access.Parser.ParseJson(option), fields, streamed))
            .ShouldHaveSingleItem().ShouldContain(expected);

    [Theory]
    [InlineData("CloseCell", "code:String", 1)]
    [InlineData("CloseCell", "request_id:Int32", 1)]
    [InlineData("CloseCell", "request_id:String", 0)]
    [InlineData("GetCell", "code:String", 0)]
    [InlineData("GetCell", "request_id:String", 1)]
    [InlineData("Getaway", "code:String", 1)]
    public void RequestId_InvalidSample_IsReported(string name, string fields, int expected) =>
        MethodRules.RequestIds(Sample.Method(name, fields: fields)).Count().ShouldBe(expected);

    [Theory]
    [InlineData("ListCells", "code:String", 3)]
    [InlineData("ListCells", "page_size:Int32 page_token:String/next_page_token:String", 0)]
    [InlineData("ListCells", "page_size:String page_token:String/next_page_token:String", 1)]
    [InlineData("GetCells", "code:String", 0)]
    public void Paging_InvalidSample_IsReported(string name, string fields, int expected) =>
        MethodRules.Pages(Sample.Method(name, fields: fields)).Count().ShouldBe(expected);

    [Fact]
    public void Requests_SharedSample_IsReported() =>
        MethodRules.SharedRequests([Sample.Method("GetCell"), Sample.Method("CloseCell")]).ShouldHaveSingleItem();

    [Theory]
    [InlineData("COLOUR_RED", 1)]
    [InlineData("COLOUR_UNSPECIFIED", 0)]
    public void Enums_InvalidSample_IsReported(string zero, int expected) => FieldRules.EnumZero(Sample.Enum(zero)).Count().ShouldBe(expected);

    [Theory]
    [InlineData("closed_at:Timestamp", 1)]
    [InlineData("close_time:String", 1)]
    [InlineData("close_time:Timestamp", 0)]
    [InlineData("on_time:Bool", 0)]
    public void Times_InvalidSample_IsReported(string field, int expected) => FieldRules.Times(Sample.Field(field)).Count().ShouldBe(expected);

    [Theory]
    [InlineData("total_points:Double", 1)]
    [InlineData("total_points:String", 0)]
    public void Points_InvalidSample_IsReported(string field, int expected) => FieldRules.Points(Sample.Field(field)).Count().ShouldBe(expected);
}
