using System.Collections.Frozen;

namespace Jiceng.Grid.Cases.Domain;

/// <summary>Urgency (紧急程度); the numbers are those of the contract.</summary>
internal enum Urgency
{
    Normal = 1,
    Urgent = 2,
    Emergency = 3,
}

/// <summary>Deadlines of a category for one urgency (时限).</summary>
internal sealed record Deadlines(TimeLimit Accept, TimeLimit Handle, TimeLimit Verify);

/// <summary>A minor category (小类).</summary>
internal sealed record Category(
    string Code, string NameZh, string NameEn, string MajorNameZh, IReadOnlyDictionary<Urgency, Deadlines> Deadlines);

/// <summary>The catalogue of categories, duty roles and working time (目录): data, read at start.</summary>
internal sealed class Catalogue(IEnumerable<Category> categories, IEnumerable<string> dutyRoles, WorkCalendar calendar)
{
    private readonly FrozenDictionary<string, Category> _categories = categories.ToFrozenDictionary(category => category.Code);

    public IReadOnlyList<Category> Categories => [.. _categories.Values.OrderBy(category => category.Code, StringComparer.Ordinal)];

    public IReadOnlyList<string> DutyRoles { get; } = [.. dutyRoles];

    public CaseClock Clock { get; } = new(calendar);

    /// <summary>The minor category of that code.</summary>
    /// <exception cref="Jiceng.Domain.ApiException">CATEGORY_UNKNOWN.</exception>
    public Category Category(string code) => _categories.TryGetValue(code, out var category)
        ? category
        : throw GridErrors.CategoryUnknown.With(("category", code)).At("category", "the code of a minor category, for example sanitation.rubbish");

    /// <summary>The deadlines for a category and urgency.</summary>
    public Deadlines Deadlines(string code, Urgency urgency) => Category(code).Deadlines[urgency];
}
