using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Jiceng.Common.V1;
using Jiceng.Gateway.Routing;

namespace Jiceng.Gateway.OpenApi;

/// <summary>Who may call a method and where, told to people and to programs.</summary>
internal sealed class OpenApiAccess(DocumentLanguage language, ContractMethods methods)
{
    private readonly EnumDescriptor? _permissions = methods.Files.SelectMany(file => file.EnumTypes).FirstOrDefault(type => type.FullName == "jiceng.common.v1.Permission");

    public static Access? Of(MethodDescriptor method) => method.GetOptions()?.GetExtension(AccessExtensions.Access);

    public string Text(MethodDescriptor method)
    {
        if (Of(method) is not { } access || access.TargetCase == Access.TargetOneofCase.None)
            return language.Choose("**Access:** nobody yet; the contract does not say who may call it.", "**访问权限：**尚未开放，契约未声明谁可以调用。");
        return language.Choose("**Access:** ", "**访问权限：**") + Permission(access) + Place(access, method.InputType);
    }

    public JsonObject? Extension(MethodDescriptor method)
    {
        if (Of(method) is not { } access || access.TargetCase == Access.TargetOneofCase.None) return null;
        var told = new JsonObject { ["permission"] = NameOf(access) };
        switch (access.TargetCase)
        {
            case Access.TargetOneofCase.PlaceField:
                told["placeField"] = JsonPath(method.InputType, access.PlaceField);
                told["scopeWhenEmpty"] = access.ScopeWhenEmpty;
                break;
            case Access.TargetOneofCase.Resource:
                told["resource"] = new JsonObject { ["field"] = JsonPath(method.InputType, access.Resource.Field), ["kind"] = access.Resource.Kind };
                told["own"] = access.Own;
                break;
            default:
                told["placeless"] = access.Placeless;
                break;
        }

        return told;
    }

    private string Permission(Access access)
    {
        var meaning = _permissions?.FindValueByNumber((int)access.Permission) is { } value ? language.CommentOf(value).TrimEnd('.', '。') : "";
        return language.Choose($"a role with `{NameOf(access)}` ({meaning})", $"角色须有 `{NameOf(access)}` 权限（{meaning}）");
    }

    private string NameOf(Access access) => _permissions?.FindValueByNumber((int)access.Permission)?.Name ?? access.Permission.ToString();

    private string Place(Access access, MessageDescriptor request)
    {
        switch (access.TargetCase)
        {
            case Access.TargetOneofCase.PlaceField:
                var place = JsonPath(request, access.PlaceField);
                return language.Choose($"; the place `{place}` has to lie in the caller's scope", $"；`{place}` 所指地区须在调用方管辖范围内")
                    + (access.ScopeWhenEmpty ? language.Choose(", empty means the whole scope.", "，为空表示整个管辖范围。") : language.Choose(".", "。"));
            case Access.TargetOneofCase.Resource:
                var resource = JsonPath(request, access.Resource.Field);
                return language.Choose($"; what `{resource}` names ({access.Resource.Kind}) has to lie in the caller's scope", $"；`{resource}` 所指对象（{access.Resource.Kind}）须在调用方管辖范围内")
                    + (access.Own ? language.Choose(", or be the caller's own.", "，或为调用方本人所有。") : language.Choose(".", "。"));
            default:
                return language.Choose("; it concerns no one place.", "；不限地区。");
        }
    }

    /// <summary>The way to a field by the names that it has in JSON.</summary>
    private static string JsonPath(MessageDescriptor request, string path)
    {
        var names = new List<string>();
        var message = request;
        foreach (var part in path.Split('.'))
        {
            var field = message?.FindFieldByName(part);
            names.Add(field?.JsonName ?? part);
            message = field is { FieldType: FieldType.Message } ? field.MessageType : null;
        }

        return string.Join('.', names);
    }
}
