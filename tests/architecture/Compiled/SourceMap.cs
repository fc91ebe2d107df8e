using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Jiceng.ArchitectureTests.Compiled;

/// <summary>Which source files declare a method or a type, as the assembly's portable PDB tells.</summary>
internal sealed class SourceMap : IDisposable
{
    // Kind of the record that the C# compiler writes for types that have no method with a body.
    private static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly MetadataReaderProvider provider;
    private readonly MetadataReader pdb;
    private readonly ILookup<int, string> documentsOfTypes;

    public SourceMap(Assembly assembly)
    {
        provider = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assembly.Location, ".pdb")));
        pdb = provider.GetMetadataReader();
        documentsOfTypes = pdb.CustomDebugInformation.Select(pdb.GetCustomDebugInformation)
            .Where(record => record.Parent.Kind == HandleKind.TypeDefinition && pdb.GetGuid(record.Kind) == TypeDocuments)
            .SelectMany(record => Documents(record.Value), (record, file) => (Token: MetadataTokens.GetToken(record.Parent), file))
            .ToLookup(entry => entry.Token, entry => entry.file);
    }

    /// <summary>The file of a method, or null when it has no code of its own.</summary>
    public string? FileOf(MethodBase method)
    {
        var handle = MetadataTokens.MethodDebugInformationHandle(method.MetadataToken & 0xFFFFFF);
        var debug = pdb.GetMethodDebugInformation(handle);
        if (!debug.Document.IsNil) return Relative(debug.Document);
        return debug.SequencePointsBlob.IsNil ? null : debug.GetSequencePoints().Select(point => Relative(point.Document)).FirstOrDefault();
    }

    /// <summary>The files that declare a type; a type that the compiler made has those of the type around it.</summary>
    public HashSet<string> FilesOf(Type type)
    {
        if (type.IsGenericType) type = type.GetGenericTypeDefinition();
        var files = documentsOfTypes[type.MetadataToken].Concat(CompiledReferences.MethodsOf(type).Select(FileOf).OfType<string>()).ToHashSet();
        return files.Count > 0 || type.DeclaringType is null ? files : FilesOf(type.DeclaringType);
    }

    public void Dispose() => provider.Dispose();

    private List<string> Documents(BlobHandle value)
    {
        List<string> files = [];
        for (var blob = pdb.GetBlobReader(value); blob.RemainingBytes > 0;)
            files.Add(Relative(MetadataTokens.DocumentHandle(blob.ReadCompressedInteger())));
        return files;
    }

    private string Relative(DocumentHandle document)
    {
        var path = pdb.GetString(pdb.GetDocument(document).Name);
        return Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
    }
}
