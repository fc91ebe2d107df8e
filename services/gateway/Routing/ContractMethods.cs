using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Common.V1;
using Jiceng.Contracts;
using Jiceng.Gateway.Limits;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Jiceng.Gateway.Routing;

/// <summary>A method of the contracts. <see cref="ContractGateMiddleware"/> sets it as a feature of each call that it lets through.</summary>
internal sealed class ContractMethod(MethodDescriptor descriptor)
{
    public MethodDescriptor Descriptor { get; } = descriptor;

    public CallClass Class { get; } = CallClassExtensions.ClassOf(descriptor);
}

/// <summary>Every method of the contracts, by the name that it has in a request path: <c>jiceng.grid.v1.CaseService/GetCase</c>.</summary>
internal sealed class ContractMethods
{
    private readonly FrozenDictionary<string, ContractMethod> _methods;

    /// <summary>The methods of the contracts that the gateway was built with.</summary>
    public ContractMethods()
        : this(PublishedContracts.ReadDescriptorSet())
    {
    }

    /// <param name="descriptorSet">A <see cref="FileDescriptorSet"/> in which a file stands after those that it imports.</param>
    public ContractMethods(byte[] descriptorSet)
    {
        DescriptorSet = descriptorSet;
        Files = FileDescriptor.BuildFromByteStrings(
            FileDescriptorSet.Parser.ParseFrom(descriptorSet).File.Select(file => file.ToByteString()), new ExtensionRegistry { AccessExtensions.Access });
        Services = [.. Files.SelectMany(file => file.Services).OrderBy(service => service.FullName, StringComparer.Ordinal)];
        _methods = Services.SelectMany(service => service.Methods)
            .ToFrozenDictionary(method => $"{method.Service.FullName}/{method.Name}", method => new ContractMethod(method), StringComparer.Ordinal);
    }

    /// <summary>What the descriptors were read from.</summary>
    public byte[] DescriptorSet { get; }

    public IReadOnlyList<FileDescriptor> Files { get; }

    public IReadOnlyList<ServiceDescriptor> Services { get; }

    /// <summary>The path of a request to the method.</summary>
    public static string PathOf(MethodDescriptor method) => $"/{method.Service.FullName}/{method.Name}";

    public ContractMethod? Find(string name) => _methods.GetValueOrDefault(name);
}
