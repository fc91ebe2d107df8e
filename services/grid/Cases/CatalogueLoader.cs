using System.Text.Json;
using System.Text.Json.Serialization;
using Jiceng.Grid.Cases.Domain;

namespace Jiceng.Grid.Cases;

/// <summary>Reads the catalogues from their files, and says where one is wrong.</summary>
internal static class CatalogueLoader
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    /// <param name="folder">Folder with case-categories.json, duty-roles.json and work-calendar.json.</param>
    /// <exception cref="InvalidDataException">A file is missing or wrong; the message says which and where.</exception>
    public static Catalogue Load(string folder)
    {
        var calendar = Read<CalendarFile>(folder, "work-calendar.json", file => file.ToCalendar());
        var roles = Read<RolesFile>(folder, "duty-roles.json", file => file.Roles.Select(role => role.Code).ToList());
        var categories = Read<CategoriesFile>(folder, "case-categories.json", file => file.ToCategories().ToList());
        return new Catalogue((List<Category>)categories, (List<string>)roles, (WorkCalendar)calendar);
    }

    private static object Read<T>(string folder, string name, Func<T, object> map)
    {
        var path = Path.Combine(folder, name);
        try
        {
            using var stream = File.OpenRead(path);
            return map(JsonSerializer.Deserialize<T>(stream, Options) ?? throw new JsonException("The file is empty."));
        }
        catch (Exception error) when (error is IOException or JsonException or FormatException or ArgumentException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The catalogue {path} cannot be read: {error.Message}", error);
        }
    }

    private sealed record CategoriesFile(IReadOnlyList<MajorEntry> Majors)
    {
        public IEnumerable<Category> ToCategories() => Majors.SelectMany(major => major.Minors.Select(minor => new Category(
            $"{major.Code}.{minor.Code}", minor.NameZh, minor.NameEn, major.NameZh, DeadlinesOf($"{major.Code}.{minor.Code}", minor.Deadlines ?? major.Deadlines))));

        private static Dictionary<Urgency, Deadlines> DeadlinesOf(string code, IReadOnlyDictionary<string, string[]> given) =>
            Enum.GetValues<Urgency>().ToDictionary(urgency => urgency, urgency =>
            {
                var name = urgency.ToString().ToLowerInvariant();
                if (!given.TryGetValue(name, out var limits) || limits.Length != 3)
                    throw new FormatException($"{code}: urgency {name} needs three limits: to accept, to handle, to verify.");
                return new Deadlines(Limit(code, limits[0]), Limit(code, limits[1]), Limit(code, limits[2]));
            });

        private static TimeLimit Limit(string code, string text) => TimeLimit.TryParse(text, out var limit)
            ? limit
            : throw new FormatException($"{code}: '{text}' is no limit; write 2h, 4wh or 3wd.");
    }

    private sealed record MajorEntry(
        string Code, string NameZh, string NameEn, IReadOnlyDictionary<string, string[]> Deadlines, IReadOnlyList<MinorEntry> Minors);

    private sealed record MinorEntry(string Code, string NameZh, string NameEn, IReadOnlyDictionary<string, string[]>? Deadlines);

    private sealed record RolesFile(IReadOnlyList<RoleEntry> Roles);

    private sealed record RoleEntry(string Code, string NameZh);

    private sealed record CalendarFile(IReadOnlyList<TimeOnly[]> Shifts, IReadOnlyList<DateOnly[]> Holidays, IReadOnlyList<DateOnly> MakeUpDays)
    {
        public WorkCalendar ToCalendar() => new(
            [.. Shifts.Select(shift => shift is [var start, var end] ? new Shift(start, end) : throw new FormatException("A shift is a start and an end."))],
            Holidays.SelectMany(Days),
            MakeUpDays);

        private static IEnumerable<DateOnly> Days(DateOnly[] range)
        {
            if (range is not [var first, var last] || last < first)
                throw new FormatException("A holiday is a first and a last day.");
            for (var day = first; day <= last; day = day.AddDays(1))
                yield return day;
        }
    }
}
