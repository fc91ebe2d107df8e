using System.Reflection;

namespace Jiceng.ArchitectureTests.Compiled;

/// <summary>
/// Every type that an assembly's code refers to, by source file. Read from the compiled code, so that global usings, full names,
/// <c>var</c> and extension methods hide nothing.
/// </summary>
internal static class CompiledReferences
{
    private const BindingFlags Own =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<Reference> Of(Assembly assembly)
    {
        using var map = new SourceMap(assembly);
        return [.. assembly.GetTypes().SelectMany(type => OfType(type, map)).Distinct()];
    }

    public static IEnumerable<MethodBase> MethodsOf(Type type) => type.GetMethods(Own).Concat<MethodBase>(type.GetConstructors(Own));

    private static IEnumerable<Reference> OfType(Type type, SourceMap map)
    {
        IEnumerable<Type?> shape = [type.BaseType, .. type.GetInterfaces(), .. type.GetFields(Own).Select(field => field.FieldType)];
        var inShape = map.FilesOf(type).SelectMany(file => shape, (file, named) => (file, named, (MemberInfo?)null));
        var inMethods = MethodsOf(type).Select(method => (File: map.FileOf(method), Method: method)).Where(entry => entry.File is not null)
            .SelectMany(entry => OfMethod(entry.Method), (entry, found) => (entry.File!, found.Type, found.Member));
        // An interface's methods have no code, and so no file of their own.
        var inSignatures = map.FilesOf(type).SelectMany(_ => MethodsOf(type).SelectMany(Signature), (file, named) => (file, (Type?)named, (MemberInfo?)null));
        foreach (var (file, named, member) in inShape.Concat(inMethods).Concat(inSignatures))
        {
            foreach (var part in Parts(named))
                yield return new Reference(file, part, member, part.Assembly == type.Assembly ? map.FilesOf(part) : Elsewhere);
        }
    }

    private static readonly IReadOnlySet<string> Elsewhere = new HashSet<string>();

    private static IEnumerable<(Type? Type, MemberInfo? Member)> OfMethod(MethodBase method)
    {
        foreach (var local in method.GetMethodBody()?.LocalVariables ?? []) yield return (local.LocalType, null);
        foreach (var member in Instructions.Named(method))
        {
            yield return member is Type type ? (type, null) : (member.DeclaringType, member);
            if (member is MethodInfo { IsGenericMethod: true } generic)
            {
                foreach (var argument in generic.GetGenericArguments()) yield return (argument, null);
            }
        }
    }

    private static IEnumerable<Type> Signature(MethodBase method) => method.GetParameters().Select(parameter => parameter.ParameterType)
        .Concat(method is MethodInfo { ReturnType: var returned } ? [returned] : []);

    /// <summary>The plain types that a type is made of: elements of arrays, arguments of generics.</summary>
    private static IEnumerable<Type> Parts(Type? type)
    {
        if (type is null || type.IsGenericParameter) return [];
        if (type.HasElementType) return Parts(type.GetElementType());
        if (type.IsFunctionPointer) return [];
        return type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)] : [type];
    }
}
