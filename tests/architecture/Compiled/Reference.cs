using System.Reflection;

namespace Jiceng.ArchitectureTests.Compiled;

/// <summary>Code in a source file refers to a type.</summary>
/// <param name="File">The source file, from the repository's root.</param>
/// <param name="Type">The type, generic arguments taken apart.</param>
/// <param name="Member">The member called or read, or null where only the type is named.</param>
/// <param name="DeclaredIn">Files that declare the type, when the same assembly does; none for generated types.</param>
internal sealed record Reference(string File, Type Type, MemberInfo? Member, IReadOnlySet<string> DeclaredIn)
{
    public string FileName => Path.GetFileNameWithoutExtension(File);
}
