using Jiceng.Grid.Cases;
using Jiceng.Grid.Cases.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Grid;

public sealed class CatalogueTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jiceng-catalogue-").FullName;

    public CatalogueTests()
    {
        foreach (var file in Directory.GetFiles(Shipped))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
    }

    private static string Shipped => Path.Combine(AppContext.BaseDirectory, "catalogues");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_ShippedFiles_HaveEveryUrgencyOfEveryCategory()
    {
        var catalogue = CatalogueLoader.Load(_folder);
        catalogue.Categories.Count.ShouldBe(30);
        catalogue.Categories.ShouldAllBe(category => category.Deadlines.Count == 3);
        catalogue.Categories.ShouldAllBe(category => category.Deadlines[Urgency.Emergency].Handle.Unit == LimitUnit.Hours);
        catalogue.DutyRoles.ShouldContain("full_time");
        catalogue.Deadlines("sanitation.rubbish", Urgency.Normal).Accept.ToString().ShouldBe("4wh");
    }

    [Theory]
    [InlineData("case-categories.json", "\"4wh\", \"2wd\"", "\"soon\", \"2wd\"", "soon")]
    [InlineData("case-categories.json", "\"urgent\"", "\"pressing\"", "urgent")]
    [InlineData("case-categories.json", "\"majors\"", "\"major\"", "major")]
    [InlineData("work-calendar.json", "\"12:00\"", "\"07:00\"", "shifts")]
    [InlineData("work-calendar.json", "2026-01-03", "2025-01-03", "holiday")]
    public void Load_WrongFile_SaysWhichAndWhat(string file, string good, string bad, string named)
    {
        var path = Path.Combine(_folder, file);
        File.WriteAllText(path, File.ReadAllText(path).Replace(good, bad, StringComparison.Ordinal));
        var refused = Should.Throw<InvalidDataException>(() => CatalogueLoader.Load(_folder));
        refused.Message.ShouldContain(file);
        refused.Message.ShouldContain(named);
    }

    [Fact]
    public void Load_MissingFile_SaysWhich()
    {
        File.Delete(Path.Combine(_folder, "duty-roles.json"));
        Should.Throw<InvalidDataException>(() => CatalogueLoader.Load(_folder)).Message.ShouldContain("duty-roles.json");
    }
}
