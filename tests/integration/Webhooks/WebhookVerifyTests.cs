using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jiceng.Common.V1;
using Jiceng.IntegrationTests.Gateway;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Webhooks;

/// <summary>Signatures as receivers check them: by a library that is not ours, and by the sample of docs/webhooks.md.</summary>
public sealed partial class WebhookVerifyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task StandardWebhooksLibraryAndTheSampleOfTheDocument_TakeOurCallsAndNothingElse()
    {
        await using var run = await WebhookRun.StartAsync();
        var webhook = await run.CreateAsync();
        await run.PublishAsync("结案-𠀀");
        await run.TakenAsync(1);
        var rotated = await run.Client.RotateWebhookSecretAsync(new RotateWebhookSecretRequest { WebhookId = webhook.WebhookId }, run.Me);
        await run.PublishAsync("b");
        await run.TakenAsync(2);
        var folder = Directory.CreateTempSubdirectory("jiceng-webhooks-");
        try
        {
            var sample = Path.Combine(folder.FullName, "sample.mjs");
            await File.WriteAllTextAsync(sample, Sample().Match(await File.ReadAllTextAsync(Path.Combine(Here(), "..", "..", "..", "docs", "webhooks.md"))).Groups["code"].Value);
            foreach (var (secret, calls) in ((string, IEnumerable<ReceivedCall>)[])[(webhook.Secret, run.Receiver.Taken), (rotated.Secret, run.Receiver.Taken.Skip(1))])
            {
                var printed = await NodeAsync(Path.Combine(Here(), "node", "verify.mjs"), JsonSerializer.Serialize(new
                {
                    modules = NodeModules.Folder(),
                    sample,
                    secret,
                    other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                    calls = calls.Select(call => new { headers = call.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value), body = Convert.ToBase64String(call.Body) }),
                }));
                printed.ShouldBe("ok: library\nok: sample\n");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> NodeAsync(string script, string config)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [script, config]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var late = new CancellationTokenSource(Patience);
        try
        {
            var printed = await Task.WhenAll(node.StandardOutput.ReadToEndAsync(late.Token), node.StandardError.ReadToEndAsync(late.Token));
            await node.WaitForExitAsync(late.Token);
            node.ExitCode.ShouldBe(0, string.Concat(printed));
            return printed[0];
        }
        catch (OperationCanceledException)
        {
            node.Kill(entireProcessTree: true);
            throw new TimeoutException($"Node had not ended after {Patience.TotalMinutes} minutes.");
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [GeneratedRegex(@"```js\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sample();
}
