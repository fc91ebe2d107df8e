using System.Collections.Immutable;
using System.Text.Json;
using Jiceng.Domain;

namespace Jiceng.Grid.Cases;

/// <summary>A row of grid_case as it is read, and the JSON of its lists.</summary>
internal sealed class CaseRow
{
    public Guid CaseId { get; set; }

    public string NodeCode { get; set; } = "";

    public string OwnerCode { get; set; } = "";

    public string Category { get; set; } = "";

    public short Urgency { get; set; }

    public short State { get; set; }

    public string Description { get; set; } = "";

    public string ReporterId { get; set; } = "";

    public string Attachments { get; set; } = "";

    public string Parts { get; set; } = "";

    public bool OnTheSpot { get; set; }

    public int ReworkCount { get; set; }

    public int CloseCount { get; set; }

    public short Rating { get; set; }

    public DateTimeOffset ReportTime { get; set; }

    public DateTimeOffset AcceptDue { get; set; }

    public DateTimeOffset? AcceptTime { get; set; }

    public DateTimeOffset? HandleDue { get; set; }

    public DateTimeOffset? HandleTime { get; set; }

    public DateTimeOffset? VerifyDue { get; set; }

    public DateTimeOffset? VerifyTime { get; set; }

    public DateTimeOffset? CloseTime { get; set; }

    public DateTimeOffset? SuspendTime { get; set; }

    public DateTimeOffset? VoidTime { get; set; }

    public DateTimeOffset? RateTime { get; set; }

    public bool AcceptOverdueRaised { get; set; }

    public bool HandleOverdueRaised { get; set; }

    public DateTimeOffset UpdateTime { get; set; }

    public long Version { get; set; }

    public Case ToCase() => new()
    {
        Id = CaseId,
        Node = PlaceCode.Parse(NodeCode),
        Owner = PlaceCode.Parse(OwnerCode),
        Category = Category,
        Urgency = (Urgency)Urgency,
        State = (CaseState)State,
        Description = Description,
        ReporterId = ReporterId,
        Attachments = ReadList<Attachment>(Attachments),
        Parts = ReadList<CasePart>(Parts),
        OnTheSpot = OnTheSpot,
        ReworkCount = ReworkCount,
        CloseCount = CloseCount,
        Rating = Rating,
        ReportTime = ReportTime,
        AcceptDue = AcceptDue,
        AcceptTime = AcceptTime,
        HandleDue = HandleDue,
        HandleTime = HandleTime,
        VerifyDue = VerifyDue,
        VerifyTime = VerifyTime,
        CloseTime = CloseTime,
        SuspendTime = SuspendTime,
        VoidTime = VoidTime,
        RateTime = RateTime,
        AcceptOverdueRaised = AcceptOverdueRaised,
        HandleOverdueRaised = HandleOverdueRaised,
        UpdateTime = UpdateTime,
        Version = Version,
    };

    public static string WriteList<T>(ImmutableArray<T> list) => JsonSerializer.Serialize(list);

    public static ImmutableArray<T> ReadList<T>(string json) => JsonSerializer.Deserialize<ImmutableArray<T>>(json);
}
