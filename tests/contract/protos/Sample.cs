using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Common.V1;

namespace Jiceng.ContractTests;

/// <summary>Contracts for a single test.</summary>
internal static class Sample
{
    /// <summary>Creates a service with one method.</summary>
    /// <param name="name">Method name.</param>
    /// <param name="access">Access option; null for none.</param>
    /// <param name="fields">Fields of the request and, after a slash, of the response: <c>name:type</c>.</param>
    /// <param name="clientStreaming">Whether the request is streamed.</param>
    public static MethodDescriptor Method(string name, Access? access = null, string fields = "", bool clientStreaming = false)
    {
        var sides = fields.Split('/');
        var method = new MethodDescriptorProto { Name = name, InputType = ".sample.Asked", OutputType = ".sample.Answered", ClientStreaming = clientStreaming };
        if (access is not null)
        {
            method.Options = new MethodOptions();
            method.Options.SetExtension(AccessExtensions.Access, access);
        }

        var file = new FileDescriptorProto { Name = "sample.proto", Package = "sample", Syntax = "proto3" };
        file.Dependency.Add([AccessReflection.Descriptor.Name, TimestampReflection.Descriptor.Name]);
        file.MessageType.Add([Message("Asked", sides[0]), Message("Answered", sides.ElementAtOrDefault(1) ?? "")]);
        file.Service.Add(new ServiceDescriptorProto { Name = "SampleService", Method = { method } });
        return Build(file).Services[0].Methods[0];
    }

    public static FieldDescriptor Field(string field) => Method("Get", fields: field).InputType.Fields[1];

    public static EnumDescriptor Enum(string zero)
    {
        var type = new EnumDescriptorProto { Name = "Colour", Value = { new EnumValueDescriptorProto { Name = zero, Number = 0 } } };
        return Build(new FileDescriptorProto { Name = "sample.proto", Package = "sample", Syntax = "proto3", EnumType = { type } }).EnumTypes[0];
    }

    private static DescriptorProto Message(string name, string fields)
    {
        var message = new DescriptorProto { Name = name };
        foreach (var field in fields.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = field.Split(':');
            var made = new FieldDescriptorProto { Name = parts[0], Number = message.Field.Count + 1, Label = FieldDescriptorProto.Types.Label.Optional };
            if (parts[1] == "Timestamp") (made.Type, made.TypeName) = (FieldDescriptorProto.Types.Type.Message, ".google.protobuf.Timestamp");
            else made.Type = System.Enum.Parse<FieldDescriptorProto.Types.Type>(parts[1]);
            message.Field.Add(made);
        }

        return message;
    }

    private static FileDescriptor Build(FileDescriptorProto file)
    {
        List<FileDescriptor> known = [DescriptorReflection.Descriptor, AccessReflection.Descriptor, TimestampReflection.Descriptor];
        return FileDescriptor.BuildFromByteStrings(
            [.. known.Where(one => one == DescriptorReflection.Descriptor || file.Dependency.Count > 0).Select(one => one.SerializedData), file.ToByteString()],
            new ExtensionRegistry { AccessExtensions.Access })[^1];
    }
}
