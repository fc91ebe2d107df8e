using Jiceng.Domain;

namespace Jiceng.Cadre.Liaisons.Domain;

/// <summary>The numbers are those of the contract.</summary>
internal enum HelperKind
{
    CountyLeader = 1,
    StrongVillage = 2,
    Firm = 3,
    Department = 4,
}

/// <summary>A helper's liaison with a village (包联关系).</summary>
internal sealed record Liaison
{
    public required Guid Id { get; init; }

    public required PlaceCode Place { get; init; }

    public required HelperKind HelperKind { get; init; }

    public required string HelperName { get; init; }

    public required DateOnly StartDate { get; init; }

    public DateOnly? EndDate { get; init; }

    public string EndReason { get; init; } = "";

    public required DateTimeOffset UpdateTime { get; init; }

    public long Version { get; init; } = 1;

    /// <summary>Whether the other liaison says the same and is still in force.</summary>
    public bool IsRepeatedBy(Liaison other) =>
        EndDate is null && (Place, HelperKind, HelperName) == (other.Place, other.HelperKind, other.HelperName);

    /// <summary>The new liaison, if its village has no helper on its first day.</summary>
    /// <param name="last">The village's newest liaison, if any.</param>
    /// <param name="today">The day, Asia/Shanghai.</param>
    public Liaison Begin(Liaison? last, DateOnly today)
    {
        if (Place.Level != PlaceLevel.Village)
            throw LiaisonErrors.PlaceNotVillage.With(("place_code", Place.Value)).At("liaison.place_code", "12 digits");
        CheckDay("liaison.start_date", StartDate, DateOnly.MinValue, today);
        if (last is not null && (last.EndDate is not { } end || end >= StartDate))
            throw LiaisonErrors.HelperExists.With(("place_code", Place.Value), ("liaison_id", last.Id.ToString()), ("helper_name", last.HelperName));
        return this;
    }

    /// <summary>The liaison after its last day was fixed.</summary>
    public Liaison End(DateOnly day, string reason, DateTimeOffset now)
    {
        if (EndDate is { } ended) throw LiaisonErrors.LiaisonEnded.With(("end_date", Days.Text(ended)));
        CheckDay("end_date", day, StartDate, ChinaTime.Day(now));
        return this with { EndDate = day, EndReason = reason, UpdateTime = now, Version = Version + 1 };
    }

    private static void CheckDay(string field, DateOnly day, DateOnly earliest, DateOnly latest)
    {
        if (day >= earliest && day <= latest) return;
        var expected = earliest == DateOnly.MinValue ? $"{Days.Text(latest)} or earlier" : $"between {Days.Text(earliest)} and {Days.Text(latest)}";
        throw CommonErrors.ArgumentInvalid.With(("field", field), ("expected", expected)).At(field, expected);
    }
}
