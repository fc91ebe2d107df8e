namespace Jiceng.Grid.Statistics.Domain;

/// <summary>What is counted of cases. The numbers are those of the SQL; from <see cref="HandlingTime.FirstClass"/> on follow the classes of handling times.</summary>
internal enum Counted
{
    Reported = 1,
    Accepted = 2,
    Voided = 3,
    Closed = 4,
    ClosedOnTime = 5,
    Rework = 6,
    ToVerify = 7,
    VerifiedOnTime = 8,

    /// <summary>Ratings; their amount is the sum of them.</summary>
    Rated = 9,

    /// <summary>Past the deadline and not closed: one more on the day of the deadline, one less when closed. The sum until a day is the number on that day.</summary>
    Overdue = 10,

    /// <summary>Suspended, in the same way.</summary>
    Suspended = 11,
}
