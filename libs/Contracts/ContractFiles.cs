using System.Reflection;
using Google.Protobuf.Reflection;

namespace Jiceng.Contracts;

/// <summary>Descriptors of all contracts of the suite (协议描述).</summary>
public static class ContractFiles
{
    /// <summary>Every proto file of the suite, by name.</summary>
    public static IReadOnlyList<FileDescriptor> All { get; } =
    [
        .. typeof(ContractFiles).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("Jiceng.", StringComparison.Ordinal) == true
                && type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<FileDescriptor>()
            .OrderBy(file => file.Name, StringComparer.Ordinal),
    ];

    /// <summary>Every service of the suite, by full name.</summary>
    public static IReadOnlyList<ServiceDescriptor> Services { get; } =
        [.. All.SelectMany(file => file.Services).OrderBy(service => service.FullName, StringComparer.Ordinal)];
}
