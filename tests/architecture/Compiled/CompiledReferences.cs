using System.Reflection;

namespace Jiceng.ArchitectureTests.Compiled;

/// <summary>
/// Every type that an assembly's code refers to. Read from the compiled code, so that global usings, full names, <c>var</c> and
/// extension methods hide nothing.
/// </summary>
internal static class CompiledReferences
{
    private const BindingFlags Own =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<Reference> Of(Assembly assembly) => [.. assembly.GetTypes().SelectMany(OfType).Distinct()];

    private static IEnumerable<Reference> OfType(Type type)
    {
        IEnumerable<Type?> shape = [type.BaseType, .. type.GetInterfaces(), .. type.GetFields(Own).Select(field => field.FieldType)];
        var methods = type.GetMethods(Own).Concat<MethodBase>(type.GetConstructors(Own)).ToList();
        // An interface's methods have no code, only a signature.
        var inSignatures = methods.SelectMany(Signature).Select(named => ((Type?)named, (MemberInfo?)null));
        var from = Reference.Outermost(type);
        return shape.Select(named => (named, (MemberInfo?)null)).Concat(methods.SelectMany(OfMethod)).Concat(inSignatures)
            .SelectMany(found => Parts(found.Item1), (found, part) => new Reference(from, part, found.Item2));
    }

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
