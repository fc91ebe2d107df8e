using Google.Protobuf.Reflection;

namespace Jiceng.ContractTests;

/// <summary>Naming and typing rules for fields and enums.</summary>
internal static class FieldRules
{
    public static IEnumerable<string> EnumZero(EnumDescriptor type) =>
        type.FindValueByNumber(0)?.Name.EndsWith("_UNSPECIFIED", StringComparison.Ordinal) == true
            ? []
            : [$"{type.FullName}: value 0 has to be …_UNSPECIFIED, so that a missing field is not mistaken for a value."];

    public static IEnumerable<string> Times(FieldDescriptor field)
    {
        var isTime = field.FieldType == FieldType.Message && field.MessageType.FullName == "google.protobuf.Timestamp";
        // CloudEvents names its attribute "time"; a bool such as on_time is not a timestamp.
        var named = field.FieldType != FieldType.Bool && (field.Name.EndsWith("_time", StringComparison.Ordinal) || field.Name == "time");
        return isTime != named ? [$"{field.FullName}: a moment is a Timestamp named …_time, and nothing else is."] : [];
    }

    /// <summary>Points and rates are decimal strings: a double cannot represent 0.1.</summary>
    public static IEnumerable<string> Points(FieldDescriptor field) =>
        field.Name.EndsWith("points", StringComparison.Ordinal) && field.FieldType is FieldType.Double or FieldType.Float
            ? [$"{field.FullName}: points are a decimal number in a string."]
            : [];

    public static IEnumerable<EnumDescriptor> Enums(FileDescriptor file) =>
        file.EnumTypes.Concat(Messages(file).SelectMany(message => message.EnumTypes));

    public static IEnumerable<FieldDescriptor> Fields(FileDescriptor file) =>
        Messages(file).SelectMany(message => message.Fields.InDeclarationOrder());

    private static IEnumerable<MessageDescriptor> Messages(FileDescriptor file) => file.MessageTypes.SelectMany(WithNested);

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) => message.NestedTypes.SelectMany(WithNested).Prepend(message);
}
