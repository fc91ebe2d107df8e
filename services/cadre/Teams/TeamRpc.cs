using Grpc.Core;
using Jiceng.Cadre.Appointments;
using Jiceng.Cadre.Organizations;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using static Jiceng.Cadre.CadreRpc;

namespace Jiceng.Cadre.Teams;

/// <summary>The part of AppointmentService that computes over many appointments.</summary>
internal sealed class TeamRpc(Database database, TimeProvider time)
{
    private const int MostAges = 10;
    private static readonly int[] UsualAges = [35, 45];

    public async Task<V1.ListOneShoulderResponse> ListOneShoulderAsync(V1.ListOneShoulderRequest request, ServerCallContext context)
    {
        var ranges = Ranges.Of(context.Caller().Intersect(request.PlaceCode));
        var day = Day(request.AsOfDate);
        var after = Paging.After(request, 1) is [var place] ? place : "";
        var size = Paging.Size(request.PageSize) + 1;
        var villages = await database.ReadAsync(
            (connection, token) => TeamStore.ListVillagesAsync(connection, ranges, day, after, size, token), context.CancellationToken);
        var next = NextToken(request, villages, size, last => [last.PlaceCode]);
        return new V1.ListOneShoulderResponse { Villages = { villages.Select(ToWire) }, NextPageToken = next };
    }

    public async Task<V1.TeamStructure> GetStructureAsync(V1.GetTeamStructureRequest request, ServerCallContext context)
    {
        var ranges = Ranges.Of(context.Caller().Intersect(request.PlaceCode));
        var day = Day(request.AsOfDate);
        var kinds = Values<V1.OrganizationKind, OrganizationKind>(request.OrganizationKinds, "organization_kinds");
        var positions = Values<V1.Position, Position>(request.Positions, "positions");
        if (request.AgesBelow.Count > MostAges)
            throw Require.Invalid("ages_below", $"at most {MostAges} ages");
        var ages = request.AgesBelow.Count == 0 ? UsualAges : request.AgesBelow.Select(age => Require.Range(age, "ages_below", 18, 100));
        var structure = await database.ReadAsync(
            async (connection, token) => TeamStructure.On(
                day,
                await TeamStore.ListMembersAsync(connection, ranges, day, kinds, positions, token),
                await TeamStore.ListVillagesAsync(connection, ranges, day, "", int.MaxValue, token),
                ages),
            context.CancellationToken);
        return ToWire(structure, day);
    }

    private DateOnly Day(string asOfDate) => DayOrNone(asOfDate, "as_of_date") ?? ChinaTime.Day(time.GetUtcNow());

    private static V1.OneShoulder ToWire(VillageTeam village) => new()
    {
        PlaceCode = village.PlaceCode,
        OrganizationId = village.OrganizationId.ToString(),
        SecretaryPersonId = Id(village.SecretaryId),
        VillageHeadPersonId = Id(village.VillageHeadId),
        OneShoulder_ = village.OneShoulder,
    };

    private static V1.TeamStructure ToWire(TeamStructure s, DateOnly day) => new()
    {
        AsOfDate = Days.Text(day),
        HeadCount = s.HeadCount,
        AverageAge = s.AverageAge,
        AgesBelow = { s.AgesBelow.Select(entry => new V1.AgeShare { AgeBelow = entry.Age, Share = ToWire(entry.Share) }) },
        Educations =
        {
            s.Educations.Select(entry => new V1.EducationShare
            {
                Education = (V1.Education)entry.Education,
                Share = ToWire(entry.Share),
            }),
        },
        Women = ToWire(s.Women),
        OneShoulder = ToWire(s.OneShoulder),
        Reserves = new V1.ReserveStructure
        {
            ReserveCount = s.ReserveCount,
            PerVillage = s.ReservesPerVillage,
            BelowTarget = ToWire(s.BelowReserveTarget),
        },
    };

    private static V1.Share ToWire(Share share) => new() { Count = share.Count, Total = share.Total, Fraction = share.Fraction };
}
