using Jiceng.Domain;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Items.Domain;

/// <summary>Points for verified items.</summary>
internal static class ItemFacts
{
    /// <summary>A verified item counts for the period of its deadline, whenever it was verified.</summary>
    public static readonly FactSource<Item> Verified = new FactSource<Item>(
            "jiceng.scoring.item.verified.v1", "交办事项核验", item => item.Id.ToString(), item => ChinaTime.Day(item.DueTime),
            item => $"交办事项《{item.Title}》{Text(item.Result)}")
        .Text("result", item => EnumNames.Of(item.Result!.Value))
        .Number("difficulty", item => item.Difficulty)
        .Number("days_late", DaysLate)
        .Text("division", item => item.Division)
        .Person("person", item => Id(item, SubjectKind.Person))
        .Organization("organization", item => Id(item, SubjectKind.Organization))
        .Node("node", item => Id(item, SubjectKind.GridNode));

    private static int DaysLate(Item item) =>
        item.HandInTime > item.DueTime ? ChinaTime.Day(item.HandInTime.Value).DayNumber - ChinaTime.Day(item.DueTime).DayNumber : 0;

    private static string Id(Item item, SubjectKind kind) => item.Subject.Kind == kind ? item.Subject.Id : "";

    private static string Text(ItemResult? result) => result switch
    {
        ItemResult.OnTime => "按期完成",
        ItemResult.Late => "逾期完成",
        _ => "未完成",
    };
}
