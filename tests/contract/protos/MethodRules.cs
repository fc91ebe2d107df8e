using Google.Protobuf.Reflection;

namespace Jiceng.ContractTests;

/// <summary>Conventions shared by all methods, so that a client that knows one knows them all.</summary>
internal static class MethodRules
{
    /// <summary>Read-only verbs.</summary>
    private static readonly string[] Reading = ["Get", "List", "Count", "Watch", "Follow", "Read", "Search", "Explain", "Validate"];

    /// <summary>Read-only methods whose verb is not read-only elsewhere.</summary>
    private static readonly string[] ReadingByName = ["jiceng.scoring.v1.PointsService.VerifyLedger"];

    /// <summary>Inherently short lists: the steps of one case, and catalogues that ship with the software.</summary>
    private static readonly string[] ShortLists =
    [
        "jiceng.grid.v1.CaseService.ListCaseSteps",
        "jiceng.grid.v1.CaseService.ListCategories",
        "jiceng.scoring.v1.SchemeService.ListEventTypes",
    ];

    public static bool Reads(MethodDescriptor method) => ReadingByName.Contains(method.FullName)
        || Reading.Any(verb => method.Name.StartsWith(verb, StringComparison.Ordinal) && method.Name.Length > verb.Length && char.IsUpper(method.Name[verb.Length]));

    public static IEnumerable<string> RequestIds(MethodDescriptor method)
    {
        var field = method.InputType.FindFieldByName("request_id")
            // The first message of a streamed request contains its options with the request id.
            ?? (method.IsClientStreaming ? method.InputType.FindFieldByName("options")?.MessageType.FindFieldByName("request_id") : null);
        if (!Reads(method) && field?.FieldType != FieldType.String)
            yield return $"{method.FullName}: is not read-only, so {method.InputType.Name} needs a string request_id (safe retries).";
        if (Reads(method) && field is not null)
            yield return $"{method.FullName}: is read-only, so {method.InputType.Name} needs no request_id.";
    }

    public static IEnumerable<string> Pages(MethodDescriptor method)
    {
        if (!method.Name.StartsWith("List", StringComparison.Ordinal) || ShortLists.Contains(method.FullName)) yield break;
        foreach (var (message, name, type) in ((MessageDescriptor, string, FieldType)[])
                 [(method.InputType, "page_size", FieldType.Int32), (method.InputType, "page_token", FieldType.String), (method.OutputType, "next_page_token", FieldType.String)])
        {
            if (message.FindFieldByName(name)?.FieldType != type)
                yield return $"{method.FullName}: {message.Name} needs {name} ({type}), as every list that can grow has.";
        }
    }

    public static IEnumerable<string> SharedRequests(IEnumerable<MethodDescriptor> methods) =>
        from use in methods.GroupBy(method => method.InputType.FullName)
        where use.Count() > 1
        select $"{use.Key}: is the request of {string.Join(" and ", use.Select(method => method.Name))}; each method needs its own, so that it can evolve independently.";

    public static IEnumerable<string> StaleExceptions(IEnumerable<MethodDescriptor> methods)
    {
        var names = methods.Select(method => method.FullName).ToHashSet();
        return ReadingByName.Concat(ShortLists).Where(name => !names.Contains(name)).Select(name => $"{name} is exempt from a rule but does not exist.");
    }
}
