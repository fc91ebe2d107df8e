using Google.Protobuf.Reflection;
using Jiceng.Common.V1;

namespace Jiceng.ContractTests;

/// <summary>Every method declares who may call it and where; libs/Rpc denies all calls to a method that does not.</summary>
internal static class AccessRules
{
    public static IEnumerable<string> Faults(MethodDescriptor method)
    {
        if (method.GetOptions()?.GetExtension(AccessExtensions.Access) is not { } access)
            return [$"{method.FullName}: has no option (jiceng.common.v1.access), so all calls are denied."];
        return Permission(method, access).Concat(SecondPermission(method, access)).Concat(Target(method, access)).Concat(Flags(method, access));
    }

    private static IEnumerable<string> Permission(MethodDescriptor method, Access access) =>
        access.Permission == Common.V1.Permission.Unspecified || !Enum.IsDefined(access.Permission)
            ? [$"{method.FullName}: its access option names no permission."]
            : [];

    private static IEnumerable<string> SecondPermission(MethodDescriptor method, Access access) =>
        access.AlsoPermission != Common.V1.Permission.Unspecified && (access.AlsoPermission == access.Permission || !Enum.IsDefined(access.AlsoPermission))
            ? [$"{method.FullName}: its second permission is empty or a duplicate."]
            : [];

    private static IEnumerable<string> Target(MethodDescriptor method, Access access) => access.TargetCase switch
    {
        _ when method.IsClientStreaming && !access.Placeless =>
            [$"{method.FullName}: streams its request, which access checks cannot read; make it placeless and check each message against the scope."],
        Access.TargetOneofCase.PlaceField => StringField(method, access.PlaceField),
        Access.TargetOneofCase.Resource => StringField(method, access.Resource.Field)
            .Concat(access.Resource.Kind.Length == 0 ? [$"{method.FullName}: its resource has no kind."] : []),
        Access.TargetOneofCase.Placeless when access.Placeless => [],
        _ => [$"{method.FullName}: its access option has no target: place_field, resource, or placeless: true."],
    };

    private static IEnumerable<string> Flags(MethodDescriptor method, Access access)
    {
        if (access.ScopeWhenEmpty && access.TargetCase != Access.TargetOneofCase.PlaceField)
            yield return $"{method.FullName}: scope_when_empty belongs to place_field.";
        if (access.Own && access.TargetCase != Access.TargetOneofCase.Resource)
            yield return $"{method.FullName}: own belongs to resource.";
    }

    private static IEnumerable<string> StringField(MethodDescriptor method, string path)
    {
        var message = method.InputType;
        FieldDescriptor? field = null;
        foreach (var name in path.Split('.'))
        {
            field = message?.FindFieldByName(name);
            if (field is null) return [$"{method.FullName}: its access option names {path}, and {message?.FullName ?? "what comes before"} has no field {name}."];
            message = field.FieldType == FieldType.Message && !field.IsRepeated ? field.MessageType : null;
        }

        return field is { FieldType: FieldType.String, IsRepeated: false }
            ? []
            : [$"{method.FullName}: its access option names {path}, which is not one string."];
    }
}
