using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;

namespace Jiceng.Bench.Faults;

/// <summary>An answer that a caller got: it was accepted.</summary>
internal sealed record ToldCall(string Request, string RequestId, string AnswerHash, int Attempts);

/// <summary>What callers were told about a case, as of the last answer.</summary>
internal sealed record ToldCase(string CaseId, string ReporterId, string Urgency, bool OnTheSpot)
{
    public IReadOnlyList<string> Verbs { get; init; } = [];

    public int State { get; init; }

    public long Version { get; init; }

    public IReadOnlyList<string> Handlers { get; init; } = [];

    public int ReworkCount { get; init; }

    public int Rating { get; init; }
}

/// <summary>A commendation that was recorded.</summary>
internal sealed record ToldRecord(string RecordId, string PersonId, string Level);

/// <summary>A call that was refused, or never answered, though it was right.</summary>
internal sealed record Refusal(string Request, string RequestId, string Status, string Detail, int Attempts);

/// <summary>The first book: what callers were told, written down by themselves.</summary>
internal sealed class Told
{
    public ConcurrentQueue<ToldCall> Calls { get; } = [];

    public ConcurrentDictionary<string, ToldCase> Cases { get; } = [];

    public ConcurrentQueue<ToldRecord> Records { get; } = [];

    public ConcurrentQueue<Refusal> Refusals { get; } = [];

    /// <summary>How often a call was repeated, by why.</summary>
    public ConcurrentDictionary<StatusCode, int> Repeats { get; } = [];

    public static string HashOf(byte[] answer) => Convert.ToHexStringLower(SHA256.HashData(answer).AsSpan(0, 12));

    public static string HashOf(IMessage answer) => HashOf(answer.ToByteArray());
}
