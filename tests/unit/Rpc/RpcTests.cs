using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Grid.V1;
using Jiceng.Hosting;
using Jiceng.Rpc;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Rpc;

public sealed class RpcTests
{
    [Fact]
    public void After_TokenOfTheSameRequest_GivesTheKeysBack()
    {
        var request = new ListNodesRequest { ParentCode = "140224", PageSize = 7 };
        var next = request.Clone();
        next.PageToken = Paging.Next(request, "140224205", "二");
        next.PageSize = 50;
        Paging.After(next, 2).ShouldBe(["140224205", "二"]);
        Paging.After(request, 2).ShouldBeNull();
    }

    [Fact]
    public void After_ForeignToken_IsRefused()
    {
        var request = new ListNodesRequest { ParentCode = "140224" };
        var token = Paging.Next(request, "140224205");
        Refused(() => Paging.After(new ListNodesRequest { ParentCode = "140225", PageToken = token }, 1)).ShouldBe("PAGE_TOKEN_INVALID");
        Refused(() => Paging.After(new ListNodesRequest { ParentCode = "140224", PageToken = token }, 2)).ShouldBe("PAGE_TOKEN_INVALID");
        Refused(() => Paging.After(new ListNodesRequest { ParentCode = "140224", PageToken = "不是" }, 1)).ShouldBe("PAGE_TOKEN_INVALID");
        Refused(() => Paging.After(new ListNodesRequest { ParentCode = "140224", PageToken = "bnVsbA" }, 1)).ShouldBe("PAGE_TOKEN_INVALID");
        Refused(() => Paging.After(new ListNodesRequest { ParentCode = "140224", PageToken = token[..^4] }, 1)).ShouldBe("PAGE_TOKEN_INVALID");
        var text = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(token.PadRight((token.Length + 3) / 4 * 4, '=')));
        var altered = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text.Replace("140224205", "x", StringComparison.Ordinal))).TrimEnd('=');
        Refused(() => Paging.After(new ListNodesRequest { ParentCode = "140224", PageToken = altered }, 1)).ShouldBe("PAGE_TOKEN_INVALID");
    }

    [Theory]
    [InlineData(0, 50)]
    [InlineData(7, 7)]
    [InlineData(1000, 1000)]
    [InlineData(1001, 1000)]
    public void Size_Requested_IsCoerced(int requested, int size) => Paging.Size(requested).ShouldBe(size);

    [Fact]
    public void Size_Negative_IsRefused() => Refused(() => Paging.Size(-1)).ShouldBe("ARGUMENT_INVALID");

    [Fact]
    public void Resolve_Mask_IsWhatCanBeChanged()
    {
        UpdateMask.Resolve(null, "name", "kind").ShouldBe(["name", "kind"], ignoreOrder: true);
        UpdateMask.Resolve(new FieldMask { Paths = { "*" } }, "name", "kind").ShouldBe(["name", "kind"], ignoreOrder: true);
        UpdateMask.Resolve(new FieldMask { Paths = { "kind" } }, "name", "kind").ShouldBe(["kind"]);
        Refused(() => UpdateMask.Resolve(new FieldMask { Paths = { "code" } }, "name")).ShouldBe("UPDATE_MASK_INVALID");
    }

    [Fact]
    public void Check_Etag_IsCheckedOnlyWhenGiven()
    {
        Etag.Check("", 3);
        Etag.Check(Etag.Of(3), 3);
        Refused(() => Etag.Check(Etag.Of(2), 3)).ShouldBe("ETAG_MISMATCH");
        Refused(() => Etag.Check("03", 3)).ShouldBe("ETAG_MISMATCH");
    }

    [Fact]
    public void Text_Length_CountsCharactersAsPeopleDo()
    {
        // 𠮷 is one character of two UTF-16 units; so is a family emoji of many.
        Require.Text(string.Concat(Enumerable.Repeat("𠮷", 10)), "name", 10).Length.ShouldBe(20);
        Refused(() => Require.Text(string.Concat(Enumerable.Repeat("𠮷", 11)), "name", 10)).ShouldBe("ARGUMENT_TOO_LONG");
        Refused(() => Require.Text("", "name", 10)).ShouldBe("ARGUMENT_REQUIRED");
        Refused(() => Require.Text(" \t", "name", 10)).ShouldBe("ARGUMENT_REQUIRED");
        Refused(() => Require.Optional("a\0b", "name", 10)).ShouldBe("ARGUMENT_INVALID");
        Require.Optional(" ‮乱序 ", "name", 10).ShouldBe(" ‮乱序 ");
    }

    [Theory]
    [InlineData("2026-02-29", "ARGUMENT_INVALID")]
    [InlineData("2026-2-1", "ARGUMENT_INVALID")]
    [InlineData("", "ARGUMENT_REQUIRED")]
    public void Date_NoDay_IsRefused(string text, string reason) => Refused(() => Require.Date(text, "start_date")).ShouldBe(reason);

    [Theory]
    [InlineData("{0190a000-0000-7000-8000-000000000001}", "ARGUMENT_INVALID")]
    [InlineData("0190a00000007000800000000000000", "ARGUMENT_INVALID")]
    [InlineData("", "ARGUMENT_REQUIRED")]
    public void Id_NoUuid_IsRefused(string text, string reason) => Refused(() => Require.Id(text, "case_id")).ShouldBe(reason);

    [Fact]
    public void Grant_UnknownRoleOrUnsetPermission_GrantsNothing()
    {
        Roles.Grant(["emperor", ""], Permission.CaseRead).ShouldBeFalse();
        Roles.Grant([], Permission.CaseRead).ShouldBeFalse();
        Roles.Grant(Roles.Table.Keys, Permission.Unspecified).ShouldBeFalse();
        Roles.Grant(["emperor", Roles.GridWorker], Permission.CaseReport).ShouldBeTrue();
    }

    [Fact]
    public void Auditor_ChangesNothing()
    {
        Permission[] reads = [Permission.NodeRead, Permission.CaseRead, Permission.CadreRead, Permission.ScoringRead, Permission.LedgerVerify];
        Roles.Table[Roles.Auditor].ShouldBe(reads, ignoreOrder: true);
    }

    [Fact]
    public void ToRpcException_ApiException_CarriesEveryDetail()
    {
        var refused = CommonErrors.ArgumentInvalid.With(("field", "rating"), ("expected", "1 to 5")).At("rating", "1 to 5").Retry(TimeSpan.FromSeconds(2));
        var thrown = refused.ToRpcException();
        thrown.StatusCode.ShouldBe(StatusCode.InvalidArgument);
        var status = thrown.GetRpcStatus().ShouldNotBeNull();
        status.Message.ShouldBe("Field rating is not valid: it must be 1 to 5.");
        var info = status.Details.Where(detail => detail.Is(ErrorInfo.Descriptor)).ShouldHaveSingleItem().Unpack<ErrorInfo>();
        (info.Domain, info.Reason, info.Metadata["field"]).ShouldBe(("jiceng", "ARGUMENT_INVALID", "rating"));
        status.Details.Single(detail => detail.Is(BadRequest.Descriptor)).Unpack<BadRequest>().FieldViolations.ShouldHaveSingleItem().Field.ShouldBe("rating");
        status.Details.Single(detail => detail.Is(LocalizedMessage.Descriptor)).Unpack<LocalizedMessage>().Message.ShouldBe("字段 rating 的值无效，应为：1 to 5。");
        status.Details.Single(detail => detail.Is(RetryInfo.Descriptor)).Unpack<RetryInfo>().RetryDelay.Seconds.ShouldBe(2);
    }

    [Fact]
    public void Text_OfDottedPath_ReadsTheInnerField()
    {
        AccessTable.Text(new UpdateNodeRequest { Node = new Node { Code = "140224" } }, "node.code").ShouldBe("140224");
        AccessTable.Text(new UpdateNodeRequest(), "node.code").ShouldBe("");
    }

    private static string Refused(Func<object?> act) => Should.Throw<ApiException>(() => act()).Reason.Reason;

    private static string Refused(Action act) => Should.Throw<ApiException>(act).Reason.Reason;
}
