using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Substitutes;

/// <summary>The real server, client and gateway find everything they refer to.</summary>
public sealed class MemberReferenceTests
{
    private static readonly string[] Substituted = ["Grpc.Core.Api", "Grpc.Net.Common", "System.IO.Hashing"];

    public static TheoryData<string> Users => ["Grpc.Net.Client", "Grpc.AspNetCore.Server", "Yarp.ReverseProxy"];

    [Theory]
    [MemberData(nameof(Users))]
    public void EveryReferencedMember_Exists(string assemblyName)
    {
        var assembly = Assembly.Load(assemblyName);
        var module = assembly.ManifestModule;
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();

        var tokens = metadata.TypeReferences.Where(type => IsSubstituted(metadata, type)).Select(type => MetadataTokens.GetToken(type))
            .Concat(metadata.MemberReferences.Where(member => IsSubstituted(metadata, member)).Select(member => MetadataTokens.GetToken(member)))
            .ToList();

        tokens.ShouldNotBeEmpty();
        tokens.Select(token => Failure(module, token)).Where(failure => failure is not null).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Users))]
    public void EveryType_Loads(string assemblyName) =>
        // A type that overrides or implements what does not exist throws here.
        Should.NotThrow(() => Assembly.Load(assemblyName).GetTypes()).ShouldNotBeEmpty();

    private static string? Failure(Module module, int token)
    {
        var any = Enumerable.Repeat(typeof(object), 4).ToArray();
        try
        {
            return module.ResolveMember(token, any, any) switch
            {
                Type { IsVisible: true } => null,
                MethodBase { IsPublic: true } or MethodBase { IsFamily: true } or FieldInfo { IsPublic: true } => null,
                var hidden => $"{hidden} is not visible outside its assembly",
            };
        }
        catch (Exception missing) when (missing is MissingMemberException or TypeLoadException)
        {
            return missing.Message;
        }
    }

    private static bool IsSubstituted(MetadataReader metadata, MemberReferenceHandle handle) =>
        metadata.GetMemberReference(handle).Parent switch
        {
            { Kind: HandleKind.TypeReference } type => IsSubstituted(metadata, (TypeReferenceHandle)type),
            { Kind: HandleKind.TypeSpecification } generic => GenericType(metadata, (TypeSpecificationHandle)generic) is { } type &&
                IsSubstituted(metadata, type),
            _ => false,
        };

    private static TypeReferenceHandle? GenericType(MetadataReader metadata, TypeSpecificationHandle handle)
    {
        var signature = metadata.GetBlobReader(metadata.GetTypeSpecification(handle).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return null;
        signature.ReadCompressedInteger();
        var type = signature.ReadTypeHandle();
        return type.Kind == HandleKind.TypeReference ? (TypeReferenceHandle)type : null;
    }

    private static bool IsSubstituted(MetadataReader metadata, TypeReferenceHandle handle) =>
        metadata.GetTypeReference(handle).ResolutionScope switch
        {
            { Kind: HandleKind.TypeReference } outer => IsSubstituted(metadata, (TypeReferenceHandle)outer),
            { Kind: HandleKind.AssemblyReference } scope =>
                Substituted.Contains(metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name)),
            _ => false,
        };
}
