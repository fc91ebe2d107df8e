using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Compression;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>Requests that are no messages are the caller's fault, and told in the form of every refusal.</summary>
public sealed class UnreadTests(GridFixture grid) : IClassFixture<GridFixture>
{
    private static readonly Marshaller<byte[]> Bytes = new(bytes => bytes, bytes => bytes);

    [Theory]
    [InlineData("FF")]
    [InlineData("0A05")]
    [InlineData("00")]
    public async Task Unary_BytesThatAreNoMessage_AreRefused(string hex)
    {
        var refusal = await Refusal.OfAsync(Call(grid.Run.Channel, Convert.FromHexString(hex), grid.Organizer));

        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.InvalidArgument, "REQUEST_BROKEN"));
        refusal.Chinese.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Unary_FiveMegabytes_AreRefused()
    {
        var refusal = await Refusal.OfAsync(Call(grid.Run.Channel, new byte[5_000_000], grid.Organizer));

        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.ResourceExhausted, "REQUEST_TOO_LARGE"));
    }

    [Fact]
    public async Task Unary_UnknownCompression_IsRefused()
    {
        using var channel = GrpcChannel.ForAddress(grid.Run.GrpcAddress, new GrpcChannelOptions { CompressionProviders = [new Snappy()] });
        var headers = grid.Organizer;
        headers.Add("grpc-internal-encoding-request", "snappy");

        var refusal = await Refusal.OfAsync(Call(channel, [], headers));

        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.Unimplemented, "ENCODING_UNKNOWN"));
    }

    [Theory]
    [InlineData(2, StatusCode.InvalidArgument, "REQUEST_BROKEN")]
    [InlineData(5_000_000, StatusCode.ResourceExhausted, "REQUEST_TOO_LARGE")]
    public async Task Stream_MessageThatCannotBeRead_IsRefused(int length, StatusCode code, string reason)
    {
        var method = new Method<byte[], byte[]>(MethodType.ClientStreaming, "jiceng.grid.v1.NodeService", "ImportNodes", Bytes, Bytes);
        using var call = grid.Run.Channel.CreateCallInvoker().AsyncClientStreamingCall(method, null, new CallOptions(grid.Organizer));
        var message = new byte[length];
        message.AsSpan().Fill(0xFF);

        try
        {
            await call.RequestStream.WriteAsync(message);
        }
        catch (RpcException)
        {
            // The refusal may come before all of it is sent; the answer tells it.
        }

        var refusal = Refusal.Of(await Should.ThrowAsync<RpcException>(async () => await call));

        (refusal.Code, refusal.Reason).ShouldBe((code, reason));
    }

    private static AsyncUnaryCall<byte[]> Call(GrpcChannel channel, byte[] message, Metadata headers) => channel.CreateCallInvoker().AsyncUnaryCall(
        new Method<byte[], byte[]>(MethodType.Unary, "jiceng.grid.v1.NodeService", "GetNode", Bytes, Bytes), null, new CallOptions(headers), message);

    /// <summary>Says snappy and changes nothing: it is refused by its name.</summary>
    private sealed class Snappy : ICompressionProvider
    {
        public string EncodingName => "snappy";

        public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => stream;

        public Stream CreateDecompressionStream(Stream stream) => stream;
    }
}
