using System.Text.RegularExpressions;
using Jiceng.Domain;

namespace Jiceng.Cadre.Records.Domain;

/// <summary>The numbers are those of the contract.</summary>
internal enum RecordKind
{
    Commendation = 1,
    Notice = 2,
}

internal enum RecordLevel
{
    National = 1,
    Province = 2,
    City = 3,
    County = 4,
    Township = 5,
}

/// <summary>A commendation or a circular of criticism. One of person and organisation is set.</summary>
internal sealed partial record Record
{
    public required Guid Id { get; init; }

    public required RecordKind Kind { get; init; }

    public Guid? PersonId { get; init; }

    public Guid? OrganizationId { get; init; }

    public required PlaceCode Place { get; init; }

    public required RecordLevel Level { get; init; }

    public required string Title { get; init; }

    public required string DocumentNumber { get; init; }

    public required DateOnly DocumentDate { get; init; }

    public required string Topic { get; init; }

    public required DateTimeOffset RecordTime { get; init; }

    public required string RecordedBy { get; init; }

    /// <summary>A record never changes.</summary>
    public const long Version = 1;

    /// <summary>Refuses a day to come and a topic that rules could not name.</summary>
    public Record UnderRules(DateOnly today)
    {
        if (DocumentDate > today)
            throw Invalid("document_date", $"a day not later than {Days.Text(today)}");
        if (!TopicForm().IsMatch(Topic))
            throw Invalid("topic", "at most 50 lower-case letters, digits and underscores, beginning with a letter");
        return this;
    }

    private static ApiException Invalid(string field, string expected) =>
        CommonErrors.ArgumentInvalid.With(("field", field), ("expected", expected)).At(field, expected);

    [GeneratedRegex(@"\A(?:[a-z][a-z0-9_]{0,49})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex TopicForm();
}
