using System.Text.RegularExpressions;
using Jiceng.Domain;

namespace Jiceng.Cadre.Records;

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
internal sealed partial record Record(
    Guid Id,
    RecordKind Kind,
    Guid? PersonId,
    Guid? OrganizationId,
    PlaceCode Place,
    RecordLevel Level,
    string Title,
    string DocumentNumber,
    DateOnly DocumentDate,
    string Topic,
    DateTimeOffset RecordTime,
    string RecordedBy)
{
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
