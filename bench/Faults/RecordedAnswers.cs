using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;

namespace Jiceng.Bench.Faults;

/// <summary>A successful call.</summary>
internal sealed record RecordedCall(string Request, string RequestId, string AnswerHash, int Attempts);

/// <summary>A case according to the last answer.</summary>
internal sealed record RecordedCase(string CaseId, string ReporterId, string Urgency, bool OnTheSpot)
{
    public IReadOnlyList<string> Verbs { get; init; } = [];

    public int State { get; init; }

    public long Version { get; init; }

    public IReadOnlyList<string> Handlers { get; init; } = [];

    public int ReworkCount { get; init; }

    public int Rating { get; init; }
}

/// <summary>A recorded commendation.</summary>
internal sealed record RecordedCommendation(string RecordId, string PersonId, string Level);

/// <summary>A valid call that was refused or never answered.</summary>
internal sealed record Refusal(string Request, string RequestId, string Status, string Detail, int Attempts);

/// <summary>The first book: the answers as the callers recorded them.</summary>
internal sealed class RecordedAnswers
{
    public ConcurrentQueue<RecordedCall> Calls { get; } = [];

    public ConcurrentDictionary<string, RecordedCase> Cases { get; } = [];

    public ConcurrentQueue<RecordedCommendation> Records { get; } = [];

    public ConcurrentQueue<Refusal> Refusals { get; } = [];

    /// <summary>Number of retries by status.</summary>
    public ConcurrentDictionary<StatusCode, int> Repeats { get; } = [];

    public static string HashOf(byte[] answer) => Convert.ToHexStringLower(SHA256.HashData(answer).AsSpan(0, 12));

    public static string HashOf(IMessage answer) => HashOf(answer.ToByteArray());
}
