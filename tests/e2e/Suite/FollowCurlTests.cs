using System.Diagnostics;
using System.Text;
using Jiceng.Cli.Running;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>Another system follows the cases through the gateway as they change, with an independent client.</summary>
[Collection(SuiteGroup.Name)]
public sealed class FollowCurlTests(SuiteFixture suite)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData("grpc")]
    [InlineData("connect")]
    public async Task FollowEvents_CaseReportedAndClosed_ReturnsEachStep(string protocol)
    {
        var token = suite.Installation.Token(new TokenHolder("tax-office", "税务", ["government_system"], [SuiteFixture.Township]), TimeSpan.FromMinutes(10));
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("JICENG_BUF") ?? "buf")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = suite.Jiceng.Workspace.Root,
        };
        foreach (var argument in (string[])
                 [
                     "curl", "--protocol", protocol, "--http2-prior-knowledge", "--schema", Path.Combine(suite.Jiceng.Workspace.Root, "protos"),
                     "-H", $"authorization: Bearer {token}", "-H", "jiceng-service: grid", "-d", """{"fromNow":true,"types":["jiceng.grid.case.changed.v1"]}""",
                     $"{suite.Installation.GatewayAddress}/jiceng.common.v1.MessagingService/FollowEvents",
                 ])
            start.ArgumentList.Add(argument);
        using var follower = Process.Start(start)!;
        try
        {
            var received = new StringBuilder();
            await UntilAsync(follower, received, "position");

            var caseId = await suite.CloseCaseAsync(await suite.NewWorkerAsync());

            await UntilAsync(follower, received, $"\"subject\": \"{caseId}\"", "\\\"verb\\\": \\\"report\\\"", "\\\"verb\\\": \\\"pass\\\"", "\\\"state\\\": \\\"closed\\\"");
        }
        finally
        {
            follower.Kill();
            await follower.WaitForExitAsync();
        }
    }

    private static async Task UntilAsync(Process follower, StringBuilder received, params string[] parts)
    {
        while (!parts.All(part => received.ToString().Contains(part, StringComparison.Ordinal)))
        {
            var line = await follower.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            received.AppendLine(line ?? throw new ShouldAssertException($"The stream ended: {received}{await follower.StandardError.ReadToEndAsync()}"));
        }
    }
}
