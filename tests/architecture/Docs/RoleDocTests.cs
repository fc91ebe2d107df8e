using Jiceng.Common.V1;
using Jiceng.Rpc;
using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

public sealed class RoleDocTests
{
    private static readonly string[] Columns =
    [
        Roles.CountyOrganizer, Roles.TownshipCommittee, Roles.VillageSecretary, Roles.GridWorker, Roles.Department,
        Roles.Auditor, Roles.GovernmentSystem, Roles.Service, Roles.Operator,
    ];

    [Fact]
    public void Columns_EveryRole_HasOne() => Columns.ShouldBe(Roles.Table.Keys, ignoreOrder: true);

    [Fact]
    public void Roles_EveryPermission_StandsInTheDocument() =>
        new DocTable("docs/architecture.md", ["Permission", .. Columns.Select(role => $"`{role}`")])
            .HoldEqual([.. Enum.GetValues<Permission>().Where(permission => permission != Permission.Unspecified).Select(Row)]);

    [Fact]
    public void Grants_EveryPermission_BelongsToSomebody() =>
        Enum.GetValues<Permission>().Where(permission => permission != Permission.Unspecified)
            .Where(permission => !Roles.Table.Values.Any(granted => granted.Contains(permission))).ShouldBeEmpty();

    private static string Row(Permission permission) =>
        DocTable.Row([permission.ToString(), .. Columns.Select(role => Roles.Table[role].Contains(permission) ? "✓" : "")]);
}
