using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Google.Protobuf;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>The gateway as clients see it that are not ours: those of connectrpc.com, in Node.</summary>
public sealed class NodeClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task ConnectNodeAndConnectWeb_InEveryProtocol_CallAsTheyCallAnyServer()
    {
        using var tokens = new TestTokens();
        using var tls = new TlsFiles();
        await using var upstream = await Upstream.StartAsync(tokens);
        await using var gateway = await GatewayRun.StartAsync(
            upstream.Address, tokens, tls.Settings);
        var descriptors = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(descriptors, (await BufImage.BuildAsync(BufImage.Protos)).ToByteArray());
            var config = JsonSerializer.Serialize(new
            {
                modules = NodeModules.Folder(),
                descriptors,
                http = Base(gateway.HttpAddress),
                h2c = Base(gateway.GrpcAddress),
                tls = Base(gateway.TlsAddress),
                token = tokens.Issue("tester", ["grid_worker"], ["140224"]),
            });
            var start = new ProcessStartInfo("node", [Path.Combine(Here(), "node", "clients.mjs"), config]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["NODE_EXTRA_CA_CERTS"] = tls.CertificateFile;
            using var node = Process.Start(start)!;
            using var late = new CancellationTokenSource(Patience);
            string[] printed;
            try
            {
                printed = await Task.WhenAll(node.StandardOutput.ReadToEndAsync(late.Token), node.StandardError.ReadToEndAsync(late.Token));
                await node.WaitForExitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                node.Kill(entireProcessTree: true);
                throw new TimeoutException($"The clients had not ended after {Patience.TotalMinutes} minutes.");
            }

            node.ExitCode.ShouldBe(0, string.Concat(printed));
            printed[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.StartsWith("ok: ", StringComparison.Ordinal)).ShouldBe(13, printed[0]);
        }
        finally
        {
            File.Delete(descriptors);
        }
    }

    private static string Base(Uri address) => address.ToString().TrimEnd('/');

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
