using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;

namespace Jiceng.UnitTests.Grid;

/// <summary>Cases and actors that the tests of grid start from.</summary>
internal static class GridSamples
{
    public static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.FromHours(8));
    public static readonly PlaceCode MicroGrid = PlaceCode.Parse("140224205201001");
    public static readonly string Worker = "0190a000-0000-7000-8000-000000000001";
    public static readonly string Colleague = "0190a000-0000-7000-8000-000000000002";
    public static readonly string Head = "0190a000-0000-7000-8000-000000000003";

    public static readonly WorkCalendar Calendar = new(
        [new Shift(new TimeOnly(8, 0), new TimeOnly(12, 0)), new Shift(new TimeOnly(14, 0), new TimeOnly(18, 0))],
        [new DateOnly(2026, 4, 6)],
        [new DateOnly(2026, 2, 28)]);

    public static readonly Catalogue Catalogue = new(
        [new Category("sanitation.rubbish", "垃圾清理", "Rubbish", "环境卫生", new Dictionary<Urgency, Deadlines>
        {
            [Urgency.Normal] = new(Limit("4wh"), Limit("2wd"), Limit("1wd")),
            [Urgency.Urgent] = new(Limit("2h"), Limit("24h"), Limit("12h")),
            [Urgency.Emergency] = new(Limit("1h"), Limit("6h"), Limit("6h")),
        })],
        ["head", "full_time"],
        Calendar);

    public static readonly CaseVerbs Verbs = new(Catalogue, TimeSpan.FromDays(7));

    public static TimeLimit Limit(string text) => TimeLimit.TryParse(text, out var limit) ? limit : throw new FormatException(text);

    public static CaseAct By(string actor, double hours = 0, string remark = "") => new(actor, Monday.AddHours(hours), remark);

    public static Case Reported(Urgency urgency = Urgency.Urgent) =>
        Verbs.Report(Guid.CreateVersion7(Monday), MicroGrid, "sanitation.rubbish", urgency, By(Worker, 0, "路边有垃圾")).Case;

    public static Case Accepted() => Verbs.Accept(Reported(), By(Head, 1)).Case;

    public static Case Dispatched(params string[] handlers) =>
        Verbs.Dispatch(Accepted(), [.. handlers.Select(handler => new CasePart(Guid.Parse(handler), ""))], By(Head, 2)).Case;

    public static Case Handling() => Verbs.Start(Dispatched(Worker), By(Worker, 3)).Case;

    public static Case Handled() => Verbs.Finish(Handling(), By(Worker, 4, "已清理")).Case;

    public static Case Closed() => Verbs.Pass(Handled(), By(Head, 5)).Case;
}
