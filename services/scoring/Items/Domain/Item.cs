using Jiceng.Domain;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Items.Domain;

internal enum ItemState
{
    Assigned = 1,
    HandedIn = 2,
    Verified = 3,
    Cancelled = 4,
}

internal enum ItemResult
{
    OnTime = 1,
    Late = 2,
    NotDone = 3,
}

/// <summary>An assigned item (交办事项): assigned, handed in, verified; or cancelled before it is verified.</summary>
internal sealed record Item
{
    public required Guid Id { get; init; }

    public required PlaceCode Place { get; init; }

    public required SubjectRef Subject { get; init; }

    public required string Title { get; init; }

    public required string Division { get; init; }

    public required int Difficulty { get; init; }

    public required DateTimeOffset DueTime { get; init; }

    public required string AssignerId { get; init; }

    public required DateTimeOffset AssignTime { get; init; }

    public const int MaxDifficulty = 5;

    public ItemState State { get; init; } = ItemState.Assigned;

    public ItemResult? Result { get; init; }

    public string HandInRemark { get; init; } = "";

    public string HandInId { get; init; } = "";

    public DateTimeOffset? HandInTime { get; init; }

    public string CloseRemark { get; init; } = "";

    public string CloserId { get; init; } = "";

    public DateTimeOffset? CloseTime { get; init; }

    public long Revision { get; init; } = 1;

    /// <summary>Hands the work in. A person does so himself; for an organisation or a grid anyone in scope may.</summary>
    public Item HandIn(string callerId, Subject subject, string remark, DateTimeOffset now)
    {
        Require("hand in", ItemState.Assigned);
        if (subject.Ref.Kind == SubjectKind.Person && !subject.IsOwn(callerId)) throw ScoringErrors.ItemNotOwn.With();
        return this with { State = ItemState.HandedIn, HandInId = callerId, HandInRemark = remark, HandInTime = now, Revision = Revision + 1 };
    }

    /// <summary>Verifies the work: done, in time or late by when it was handed in, or not done.</summary>
    public Item Verify(string callerId, Subject subject, bool done, string remark, DateTimeOffset now)
    {
        if (done) Require("verify as done", ItemState.HandedIn);
        else Require("verify as not done", ItemState.Assigned, ItemState.HandedIn);
        if (callerId == HandInId || subject.IsOwn(callerId)) throw ScoringErrors.ItemOwnVerifier.With();
        if (State == ItemState.Assigned && now <= DueTime)
            throw ScoringErrors.ItemNotDue.With(("due_time", ChinaTime.Day(DueTime).ToString("O")));
        return this with
        {
            State = ItemState.Verified,
            Result = !done ? ItemResult.NotDone : HandInTime <= DueTime ? ItemResult.OnTime : ItemResult.Late,
            CloserId = callerId,
            CloseRemark = remark,
            CloseTime = now,
            Revision = Revision + 1,
        };
    }

    public Item Cancel(string callerId, string reason, DateTimeOffset now)
    {
        Require("cancel", ItemState.Assigned, ItemState.HandedIn);
        return this with { State = ItemState.Cancelled, CloserId = callerId, CloseRemark = reason, CloseTime = now, Revision = Revision + 1 };
    }

    private void Require(string verb, params ReadOnlySpan<ItemState> allowed)
    {
        if (allowed.Contains(State)) return;
        var names = string.Join(", ", allowed.ToArray().Select(Text));
        throw ScoringErrors.ItemState.With(("verb", verb), ("state", Text(State)), ("allowed", names));
    }

    private static string Text(ItemState state) => state switch
    {
        ItemState.Assigned => "ASSIGNED",
        ItemState.HandedIn => "HANDED_IN",
        ItemState.Verified => "VERIFIED",
        _ => "CANCELLED",
    };
}
