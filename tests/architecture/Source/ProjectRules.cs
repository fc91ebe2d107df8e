using System.Xml.Linq;

namespace Jiceng.ArchitectureTests.Source;

/// <summary>Which project may refer to which, and what every project has to have.</summary>
internal static class ProjectRules
{
    /// <summary>The libraries from the bottom up, each with the ones that it may refer to.</summary>
    private static readonly Dictionary<string, string[]> Libraries = new()
    {
        ["libs/Domain"] = [],
        ["libs/Contracts"] = [],
        ["libs/Hosting"] = ["libs/Domain"],
        ["libs/Persistence"] = ["libs/Domain", "libs/Hosting"],
        ["libs/Rpc"] = ["libs/Contracts", "libs/Domain", "libs/Persistence"],
        ["libs/Messaging"] = ["libs/Contracts", "libs/Domain", "libs/Persistence", "libs/Rpc"],
        ["libs/Webhooks"] = ["libs/Messaging"],
    };

    private static readonly string[] ForGateway = ["libs/Contracts", "libs/Hosting"];

    public static IEnumerable<string> WrongReferences(ProjectFile project) =>
        from target in project.References
        where !MayRefer(project.Folder, target)
        select $"{project.Path}: may not refer to {target} (docs/architecture.md, The libraries).";

    public static IEnumerable<string> WrongPackages(ProjectFile project) =>
        from package in project.Packages
        where project.Path.StartsWith("libs/", StringComparison.Ordinal) || project.Path.StartsWith("services/", StringComparison.Ordinal)
        where package.StartsWith("Dapr.", StringComparison.Ordinal) && project.Folder != "libs/Messaging"
        select $"{project.Path}: {package}: only libs/Messaging knows Dapr.";

    /// <summary>An advisory may be suppressed for a reason and for a time.</summary>
    public static IEnumerable<string> BadSuppressions(string path, XElement xml, DateOnly today) =>
        from suppression in xml.Descendants("NuGetAuditSuppress")
        let until = DateOnly.TryParseExact(suppression.Attribute("Until")?.Value, "yyyy-MM-dd", out var day) ? day : (DateOnly?)null
        let problem = string.IsNullOrWhiteSpace(suppression.Attribute("Reason")?.Value) ? "give a Reason"
            : until is null ? "give the last day as Until=\"yyyy-MM-dd\""
            : until < today ? $"its last day, {until:yyyy-MM-dd}, has passed: update the package or decide anew"
            : until > today.AddDays(90) ? "at most 90 days ahead"
            : null
        where problem is not null
        select $"{path}: NuGetAuditSuppress {suppression.Attribute("Include")?.Value}: {problem}.";

    public static IEnumerable<string> Undocumented(ProjectFile project) =>
        project.Path.StartsWith("libs/", StringComparison.Ordinal)
            && !project.Xml.Descendants("GenerateDocumentationFile").Any(value => value.Value == "true")
            ? [$"{project.Path}: set GenerateDocumentationFile, so that an undocumented public member fails the build (CS1591)."]
            : [];

    public static IEnumerable<string> NotInSolution(IEnumerable<string> projects, XElement solution)
    {
        var listed = solution.Descendants("Project").Select(entry => entry.Attribute("Path")!.Value).ToHashSet();
        var there = projects.ToHashSet();
        return there.Except(listed).Select(path => $"{path} is not in Jiceng.slnx.")
            .Concat(listed.Except(there).Select(path => $"Jiceng.slnx lists {path}, which does not exist."));
    }

    private static bool MayRefer(string from, string to)
    {
        if (Libraries.TryGetValue(from, out var allowed)) return allowed.Contains(to);
        if (from == "services/gateway") return ForGateway.Contains(to);
        return from.Split('/')[0] switch
        {
            "services" or "tools" => to.StartsWith("libs/", StringComparison.Ordinal),
            _ => true,
        };
    }
}
