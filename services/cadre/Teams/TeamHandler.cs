using Grpc.Core;
using Jiceng.Cadre.Appointments;
using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Cadre.Organizations;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Cadre.Teams.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Teams;

/// <summary>The part of AppointmentService that computes over many appointments.</summary>
internal sealed class TeamHandler(Database database, TimeProvider time)
{
    private const int MostAges = 10;
    private static readonly int[] UsualAges = [35, 45];

    public async Task<V1.ListOneShoulderResponse> ListOneShoulderAsync(V1.ListOneShoulderRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.PlaceCode);
        var day = Day(request.AsOfDate);
        var after = Paging.After(request, 1) is [var place] ? place : "";
        var limit = Paging.Limit(request.PageSize);
        var villages = await database.ReadAsync(
            (connection, token) => TeamStore.ListVillagesAsync(connection, within, day, after, limit, token), context.CancellationToken);
        var (rows, next) = Paging.Page(request, villages, limit, last => [last.PlaceCode]);
        return new V1.ListOneShoulderResponse { Villages = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    public async Task<V1.TeamStructure> GetStructureAsync(V1.GetTeamStructureRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.PlaceCode);
        var day = Day(request.AsOfDate);
        var kinds = Require.Values<V1.OrganizationKind, OrganizationKind>(request.OrganizationKinds, "organization_kinds");
        var positions = Require.Values<V1.Position, Position>(request.Positions, "positions");
        if (request.AgesBelow.Count > MostAges)
            throw Require.Invalid("ages_below", $"at most {MostAges} ages");
        var ages = request.AgesBelow.Count == 0 ? UsualAges : request.AgesBelow.Select(age => Require.Range(age, "ages_below", 18, 100));
        var structure = await database.ReadAsync(
            async (connection, token) => TeamStructure.On(
                day,
                await TeamStore.ListMembersAsync(connection, within, day, kinds, positions, token),
                await TeamStore.ListVillagesAsync(connection, within, day, "", int.MaxValue, token),
                ages),
            context.CancellationToken);
        return structure.ToMessage(day);
    }

    private DateOnly Day(string asOfDate) => Require.OptionalDate(asOfDate, "as_of_date") ?? ChinaTime.Day(time.GetUtcNow());

}
