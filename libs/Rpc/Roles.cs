using System.Collections.Immutable;
using Jiceng.Common.V1;
using P = Jiceng.Common.V1.Permission;

namespace Jiceng.Rpc;

/// <summary>The one table of roles (角色) and the permissions that they grant (权限).</summary>
public static class Roles
{
    /// <summary>County organisation department (县委组织部).</summary>
    public const string CountyOrganizer = "county_organizer";

    /// <summary>Township committee (乡镇党委).</summary>
    public const string TownshipCommittee = "township_committee";

    /// <summary>Village secretary (村党支部书记), also grid head (网格长).</summary>
    public const string VillageSecretary = "village_secretary";

    /// <summary>Grid worker (网格员).</summary>
    public const string GridWorker = "grid_worker";

    /// <summary>County department (县直部门).</summary>
    public const string Department = "department";

    /// <summary>Auditor or discipline inspection (审计、纪检): reads, changes nothing.</summary>
    public const string Auditor = "auditor";

    /// <summary>Another government system (外部政务系统).</summary>
    public const string GovernmentSystem = "government_system";

    /// <summary>A service of this suite (本系统服务).</summary>
    public const string Service = "service";

    /// <summary>Operations (运维).</summary>
    public const string Operator = "operator";

    /// <summary>Every role with its permissions.</summary>
    public static ImmutableDictionary<string, ImmutableHashSet<Permission>> Table { get; } = new Dictionary<string, ImmutableHashSet<Permission>>
    {
        [CountyOrganizer] =
        [
            P.NodeRead, P.NodeWrite, P.CaseRead, P.CaseReport, P.CaseDispatch, P.CaseHandle, P.CaseVerify, P.CaseRate,
            P.CadreRead, P.CadreWrite, P.PersonalRead,
            P.ScoringRead, P.SchemeWrite, P.ItemWrite, P.ItemHandIn, P.LedgerVerify, P.PointsCorrect,
        ],
        [TownshipCommittee] =
        [
            P.NodeRead, P.NodeWrite, P.CaseRead, P.CaseReport, P.CaseDispatch, P.CaseHandle, P.CaseVerify, P.CaseRate,
            P.CadreRead, P.CadreWrite, P.ScoringRead, P.ItemWrite, P.ItemHandIn,
        ],
        [VillageSecretary] =
        [
            P.NodeRead, P.NodeWrite, P.CaseRead, P.CaseReport, P.CaseDispatch, P.CaseHandle, P.CaseVerify, P.CaseRate,
            P.CadreRead, P.ScoringRead, P.ItemHandIn,
        ],
        [GridWorker] = [P.NodeRead, P.CaseRead, P.CaseReport, P.CaseHandle, P.ScoringRead, P.ItemHandIn],
        [Department] = [P.NodeRead, P.CaseRead, P.CaseHandle, P.ScoringRead, P.ItemHandIn],
        [Auditor] = [P.NodeRead, P.CaseRead, P.CadreRead, P.ScoringRead, P.LedgerVerify],
        [GovernmentSystem] = [P.NodeRead, P.CaseRead, P.CadreRead, P.ScoringRead, P.EventRead],
        [Service] = [P.EventRead],
        [Operator] = [P.Operate, P.LedgerVerify],
    }.ToImmutableDictionary();

    /// <summary>Whether one of the roles grants the permission. An unknown role grants nothing.</summary>
    public static bool Grant(IEnumerable<string> roles, Permission permission) =>
        permission != P.Unspecified && roles.Any(role => Table.TryGetValue(role, out var granted) && granted.Contains(permission));
}
