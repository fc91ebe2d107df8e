using Google.Protobuf.Reflection;
using Jiceng.Common.V1;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Jiceng.Gateway.Routing;

/// <summary>Every method of the contracts, by the name that it has in a request path: <c>jiceng.grid.v1.CaseService/GetCase</c>.</summary>
internal sealed class ContractMethods
{
    private readonly Dictionary<string, MethodDescriptor> methods;

    /// <summary>The methods of the contracts that the gateway was built with.</summary>
    public ContractMethods()
        : this(OfThisBuild())
    {
    }

    public ContractMethods(IEnumerable<ServiceDescriptor> services)
    {
        Services = [.. services.OrderBy(service => service.FullName, StringComparer.Ordinal)];
        methods = Services.SelectMany(service => service.Methods).ToDictionary(method => $"{method.Service.FullName}/{method.Name}", StringComparer.Ordinal);
    }

    public IReadOnlyList<ServiceDescriptor> Services { get; }

    public MethodDescriptor? Find(string name) => methods.GetValueOrDefault(name);

    /// <summary>The contracts are one assembly, and each generated file holds its descriptor in a static class named ...Reflection.</summary>
    private static IEnumerable<ServiceDescriptor> OfThisBuild() => typeof(MessagingServiceReflection).Assembly.GetExportedTypes()
        .Where(type => type is { IsAbstract: true, IsSealed: true } && type.Name.EndsWith("Reflection", StringComparison.Ordinal))
        .Select(type => type.GetProperty("Descriptor")?.GetValue(null))
        .OfType<FileDescriptor>()
        .SelectMany(file => file.Services);
}
