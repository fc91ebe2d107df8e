using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Common.V1;
using Shouldly;
using AccessOption = Jiceng.Common.V1.Access;

namespace Jiceng.IntegrationTests.Access;

/// <summary>Calls any method by its descriptor, as a client does that was never generated.</summary>
internal static class AnyCall
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly Marshaller<byte[]> Bytes = new(bytes => bytes, bytes => bytes);

    public static AccessOption AccessOf(this MethodDescriptor method) => method.GetOptions().GetExtension(AccessExtensions.Access);

    /// <summary>A request with the access target in its field, and what else the method asks for before it does anything.</summary>
    public static IMessage Request(this MethodDescriptor method, Seed seed, string? target)
    {
        var request = method.InputType.Parser.ParseFrom(ByteString.Empty);
        foreach (var field in method.InputType.Fields.InDeclarationOrder())
        {
            if (Preset(method, field, seed) is { } value) field.Accessor.SetValue(request, value);
        }

        if (target is not null && TargetField(method) is { } path) Set(request, path, target);
        return request;
    }

    /// <summary>The place or the resource of the seed that the method's access option asks for; null for placeless methods.</summary>
    public static string? Target(this MethodDescriptor method, Seed seed) => method.AccessOf() switch
    {
        { TargetCase: AccessOption.TargetOneofCase.PlaceField } => seed.Place,
        { TargetCase: AccessOption.TargetOneofCase.Resource, Resource.Kind: var kind } => seed.Ids.TryGetValue(kind, out var id)
            ? id
            : throw new ShouldAssertException($"{method.FullName} names a resource of kind {kind}: seed one in tests/integration/Access."),
        _ => null,
    };

    /// <summary>Calls the method and reads its answer, of a stream the first.</summary>
    public static async Task<Outcome> CallAsync(this GrpcChannel channel, MethodDescriptor method, IMessage request, Metadata? headers)
    {
        var type = (method.IsClientStreaming, method.IsServerStreaming) switch
        {
            (false, false) => MethodType.Unary,
            (true, false) => MethodType.ClientStreaming,
            (false, true) => MethodType.ServerStreaming,
            _ => MethodType.DuplexStreaming,
        };
        var call = new Method<byte[], byte[]>(type, method.Service.FullName, method.Name, Bytes, Bytes);
        var options = new CallOptions(headers, deadline: TimeProvider.System.GetUtcNow().Add(Patience).UtcDateTime);
        var invoker = channel.CreateCallInvoker();
        try
        {
            var answer = type switch
            {
                MethodType.Unary => await invoker.AsyncUnaryCall(call, null, options, request.ToByteArray()),
                MethodType.ClientStreaming => await SendNothingAsync(invoker.AsyncClientStreamingCall(call, null, options)),
                MethodType.ServerStreaming => await FirstAsync(invoker.AsyncServerStreamingCall(call, null, options, request.ToByteArray())),
                _ => throw new NotSupportedException($"{method.FullName} streams both ways, which no method did when this was written."),
            };
            return new Outcome(StatusCode.OK, "", "", method.OutputType.Parser.ParseFrom(answer));
        }
        catch (RpcException refused)
        {
            return new Outcome(refused.StatusCode, Refusal.Of(refused).Info.Reason, refused.Status.Detail, null);
        }
    }

    private static async Task<byte[]> SendNothingAsync(AsyncClientStreamingCall<byte[], byte[]> call)
    {
        await call.RequestStream.CompleteAsync();
        return await call;
    }

    /// <summary>An admitted caller gets a first message at once.</summary>
    private static async Task<byte[]> FirstAsync(AsyncServerStreamingCall<byte[]> call)
    {
        using (call)
        {
            return await call.ResponseStream.MoveNext(CancellationToken.None) ? call.ResponseStream.Current : [];
        }
    }

    private static object? Preset(MethodDescriptor method, FieldDescriptor field, Seed seed) => field switch
    {
        // Stale, so that a verb that is let in changes nothing and the seeds stay as they are.
        { Name: "etag", FieldType: FieldType.String } => "0",
        // The matrix may have ended what it was let in to end.
        { Name: "recursive" or "include_ended" } => true,
        { FieldType: FieldType.Enum, EnumType.Name: "GroupBy" } => Enum.ToObject(field.EnumType.ClrType, 1),
        { FieldType: FieldType.String, IsRepeated: false } when seed.Fields.TryGetValue($"{method.Name}.{field.Name}", out var value) => value,
        _ => null,
    };

    private static string? TargetField(MethodDescriptor method) => method.AccessOf() switch
    {
        { TargetCase: AccessOption.TargetOneofCase.PlaceField, PlaceField: var path } => path,
        { TargetCase: AccessOption.TargetOneofCase.Resource, Resource.Field: var path } => path,
        _ => null,
    };

    private static void Set(IMessage message, string path, string value)
    {
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            var field = message.Descriptor.FindFieldByName(part);
            if (field.Accessor.GetValue(message) is not IMessage inner)
            {
                inner = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                field.Accessor.SetValue(message, inner);
            }

            message = inner;
        }

        message.Descriptor.FindFieldByName(parts[^1]).Accessor.SetValue(message, value);
    }
}

/// <summary>How a call ended.</summary>
/// <param name="Reason">Reason of the ErrorInfo; empty when the call was answered.</param>
/// <param name="Message">The message that the caller receives.</param>
/// <param name="Answer">The answer of a unary call.</param>
internal sealed record Outcome(StatusCode Code, string Reason, string Message, IMessage? Answer)
{
    /// <summary>Refused before the service looked at it; a service's own reason, as that an item is another's, is not this.</summary>
    public bool IsRefusedByAccess => Code == StatusCode.Unauthenticated || Reason is "PERMISSION_MISSING" or "OUT_OF_SCOPE" or "METHOD_CLOSED";

    /// <summary>Broken, whatever was asked.</summary>
    public bool IsFault => Code is StatusCode.Internal or StatusCode.Unknown or StatusCode.Unimplemented or StatusCode.DeadlineExceeded;

    public override string ToString() => $"{Code} {Reason} {Message}";
}
