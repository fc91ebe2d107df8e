using System.Reflection;

namespace Jiceng.ArchitectureTests.Compiled;

/// <summary>The code of a type refers to another type.</summary>
/// <param name="From">The type whose code it is; for nested and compiler-generated types the outermost one.</param>
/// <param name="Type">The type referred to, generic arguments taken apart.</param>
/// <param name="Member">The member called or read, or null where only the type is named.</param>
internal sealed record Reference(Type From, Type Type, MemberInfo? Member)
{
    public static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
