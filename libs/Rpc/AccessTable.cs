using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Common.V1;
using Jiceng.Contracts;

namespace Jiceng.Rpc;

/// <summary>The access option of every method, read once from the contracts.</summary>
internal static class AccessTable
{
    private static readonly FrozenDictionary<string, Access> Methods = ContractFiles.Services
        .SelectMany(service => service.Methods)
        .Select(method => (Name: $"/{method.Service.FullName}/{method.Name}", Access: method.GetOptions()?.GetExtension(AccessExtensions.Access)))
        .Where(entry => entry.Access is not null)
        .ToFrozenDictionary(entry => entry.Name, entry => entry.Access!);

    /// <summary>The option of a method, or null: then nobody may call it.</summary>
    /// <param name="method">Full name as on the wire, <c>/package.Service/Method</c>.</param>
    public static Access? Find(string method) => Methods.GetValueOrDefault(method);

    /// <summary>The text in a field of the request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path">Dotted path of a string field.</param>
    public static string Text(IMessage request, string path)
    {
        var message = request;
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            if (Field(message, part).Accessor.GetValue(message) is not IMessage inner)
                return "";
            message = inner;
        }

        return (string)Field(message, parts[^1]).Accessor.GetValue(message);
    }

    private static FieldDescriptor Field(IMessage message, string name) => message.Descriptor.FindFieldByName(name)
        ?? throw new InvalidOperationException($"{message.Descriptor.FullName} has no field {name}, which its access option names.");
}
