using Google.Protobuf.Reflection;

namespace Grpc.Reflection;

/// <summary>Finds the file that has a name or declares a symbol, among some files and all they import.</summary>
public class SymbolRegistry
{
    private readonly Dictionary<string, FileDescriptor> byName = [];
    private readonly Dictionary<string, FileDescriptor> bySymbol = [];

    private SymbolRegistry()
    {
    }

    public static SymbolRegistry FromFiles(IEnumerable<FileDescriptor> fileDescriptors)
    {
        ArgumentNullException.ThrowIfNull(fileDescriptors);
        var registry = new SymbolRegistry();
        foreach (var file in fileDescriptors)
            registry.Add(file);
        return registry;
    }

    public FileDescriptor? FileByName(string filename) => byName.GetValueOrDefault(filename);

    public FileDescriptor? FileContainingSymbol(string symbol) => bySymbol.GetValueOrDefault(symbol);

    private void Add(FileDescriptor file)
    {
        if (!byName.TryAdd(file.Name, file))
            return;
        foreach (var import in file.Dependencies)
            Add(import);
        foreach (var service in file.Services)
        {
            bySymbol[service.FullName] = file;
            foreach (var method in service.Methods)
                bySymbol[method.FullName] = file;
        }

        foreach (var type in file.EnumTypes)
            Add(type);
        foreach (var message in file.MessageTypes)
            Add(message);
        foreach (var extension in file.Extensions.UnorderedExtensions)
            bySymbol[extension.FullName] = file;
    }

    private void Add(MessageDescriptor message)
    {
        bySymbol[message.FullName] = message.File;
        foreach (var field in message.Fields.InDeclarationOrder())
            bySymbol[field.FullName] = message.File;
        foreach (var type in message.EnumTypes)
            Add(type);
        foreach (var nested in message.NestedTypes)
            Add(nested);
    }

    private void Add(EnumDescriptor type)
    {
        bySymbol[type.FullName] = type.File;
        foreach (var value in type.Values)
            bySymbol[value.FullName] = type.File;
    }
}
