using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Contracts;

namespace Jiceng.Bench.Inputs;

/// <summary>Reads the texts of an accepted change with another call and compares them byte by byte.</summary>
internal sealed class ReadBack(Func<MethodDescriptor, IMessage, Task<IMessage?>> call)
{
    private static readonly Dictionary<string, MethodDescriptor> Methods = ContractFiles.Services.SelectMany(service => service.Methods)
        .GroupBy(method => method.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

    /// <summary>The field of the answer that identifies the changed resource, and the method that reads it.</summary>
    private static readonly (string Field, string Method)[] Readers =
    [
        ("case_id", "GetCase"), ("organization_id", "GetOrganization"), ("appointment_id", "GetAppointment"), ("record_id", "GetRecord"), ("item_id", "GetItem"), ("person_id", "GetPerson"),
        ("code", "GetNode"),
    ];

    /// <summary>Fields whose text is read back under another name.</summary>
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["HandInItem.remark"] = "hand_in_remark",
        ["VerifyItem.remark"] = "close_remark",
        ["CancelItem.reason"] = "close_remark",
        ["FinishCase.result"] = "result",
    };

    /// <summary>Messages whose texts answers mask or omit.</summary>
    private static readonly string[] Masked = ["Contact", "PersonalFields", "OnTheSpotResult"];

    /// <summary>Fields that a method does not change.</summary>
    private static readonly string[] Unchanged = ["CreateOrganization.rectification_plan", "UpdateOrganization.rectification_plan"];

    /// <summary>Returns the changed text, or null when all are equal or the method stores none.</summary>
    public async Task<(int Compared, string? Problem)> CheckAsync(MethodDescriptor method, IMessage sent, byte[] answer)
    {
        var texts = Texts(sent).Where(text => FieldMutations.IsText(text.Field) && !Unchanged.Contains($"{method.Name}.{text.Field.Name}")).ToList();
        if (texts.Count == 0 || method.Name.StartsWith("Get", StringComparison.Ordinal) || method.Name.StartsWith("List", StringComparison.Ordinal) || HasMask(sent)) return (0, null);
        var changed = method.OutputType.Parser.ParseFrom(answer);
        if (await ReadAsync(method, changed) is not { } stored) return (0, null);
        var found = Texts(stored).Select(text => (text.Field.Name, text.Value)).ToHashSet();
        var compared = 0;
        foreach (var (field, value) in texts)
        {
            var name = Renamed.GetValueOrDefault($"{method.Name}.{field.Name}", method.Service.Name == "CaseService" && field.Name == "reason" ? "remark" : field.Name);
            if (stored.Descriptor.Name != "ListCaseStepsResponse" && stored.Descriptor.FindFieldByName(name) is null && !found.Any(text => text.Name == name)) continue;
            compared++;
            if (value.Length > 0 && !found.Contains((name, value))) return (compared, $"{method.Name} took {field.Name} as {Hex(value)}; {stored.Descriptor.Name} does not hold it so");
        }

        return (compared, null);
    }

    private async Task<IMessage?> ReadAsync(MethodDescriptor method, IMessage changed)
    {
        if (changed.Descriptor.Name == "Scheme")
        {
            var read = Methods["GetScheme"].InputType.Parser.ParseFrom(ByteString.Empty);
            foreach (var name in (string[])["scheme_id", "version"]) Set(read, name, Get(changed, name));
            return await call(Methods["GetScheme"], read);
        }

        var reader = Readers.FirstOrDefault(reader => changed.Descriptor.FindFieldByName(reader.Field) is not null);
        if (reader.Field is null || changed.Descriptor.Name == "Duty") return null;
        // The remark of a verb is in the timeline of the case.
        var by = reader.Field == "case_id" && method.Name is not ("ReportCase" or "FinishCase" or "DispatchCase") ? "ListCaseSteps" : reader.Method;
        var request = Methods[by].InputType.Parser.ParseFrom(ByteString.Empty);
        Set(request, reader.Field, Get(changed, reader.Field));
        return await call(Methods[by], request);
    }

    private static IEnumerable<(FieldDescriptor Field, string Value)> Texts(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(field => !field.IsMap))
        {
            var value = field.Accessor.GetValue(message);
            foreach (var one in field.IsRepeated ? ((IList)value).Cast<object>() : [value])
            {
                if (one is string text) yield return (field, text);
                else if (one is IMessage inner && !Masked.Contains(inner.Descriptor.Name))
                    foreach (var within in Texts(inner)) yield return within;
            }
        }
    }

    /// <summary>An update mask stores only some of the fields.</summary>
    private static bool HasMask(IMessage sent) => sent.Descriptor.FindFieldByName("update_mask") is { } mask && mask.Accessor.GetValue(sent) is not null;

    private static object Get(IMessage message, string field) => message.Descriptor.FindFieldByName(field).Accessor.GetValue(message);

    private static void Set(IMessage message, string field, object value) => message.Descriptor.FindFieldByName(field).Accessor.SetValue(message, value);

    private static string Hex(string text) => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text.Length > 60 ? text[..60] : text));
}
