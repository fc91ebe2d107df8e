using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Cli;
using Jiceng.Cli.Images;
using Jiceng.Cli.Processes;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Images;

/// <summary>The image of a service, built like ./jiceng images and run like a pod.</summary>
public sealed class ImageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Image_OfGrid_ServesUnprivilegedFromAReadOnlyRoot()
    {
        await using var registry = new BaseRegistry();
        var output = Directory.CreateTempSubdirectory("jiceng-images-");
        try
        {
            // Debug avoids ahead-of-time compilation, which takes another minute; the targets are the same.
            var wanted = new ImagesWanted(output.FullName) { BaseImage = $"{registry.Image}@{registry.ManifestDigest}", Configuration = "Debug", Tag = "test" };
            var made = await new ImageBuild(Workspace.Find(null)).MakeAsync("grid", wanted, _ => { }, Token);
            made.Digest.ShouldStartWith("sha256:");
            CheckSbom(await File.ReadAllTextAsync(made.Sbom, Token));
            using var image = await ImageArchive.OpenAsync(made.Archive.ShouldNotBeNull());

            image.Configuration.GetProperty("User").GetString().ShouldBe("1654");
            image.Entrypoint.ShouldBe(["dotnet", "/app/Jiceng.Grid.dll"]);
            image.Label("org.opencontainers.image.title").ShouldBe("jiceng-grid");
            foreach (var label in (string[])["version", "licenses", "description", "created", "base.name"]) image.Label($"org.opencontainers.image.{label}").ShouldNotBeEmpty(label);
            await ServeAsync(image);
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Pin_ThirdPartyReferences_GetTheRegistryDigest()
    {
        await using var registry = new BaseRegistry();
        using var http = new HttpClient();
        foreach (var image in (string[])[registry.Image, registry.GuardedImage]) (await new ImagePins(http).DigestAsync(image, Token)).ShouldBe(registry.ManifestDigest);
        (await Should.ThrowAsync<CliException>(new ImagePins(http).DigestAsync($"{registry.GuardedImage}1", Token)))
            .Message.ShouldContain("HTTP 404");
    }

    private static async Task ServeAsync(ImageArchive image)
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var tokens = new TestTokens();
        var (grpc, http) = (FreePort.Take(), FreePort.Take());
        var settings = new Dictionary<string, string>
        {
            ["Endpoints__Grpc"] = $"http://127.0.0.1:{grpc}",
            ["Endpoints__Http"] = $"http://127.0.0.1:{http}",
            ["ConnectionStrings__Postgres"] = await postgres.CreateDatabaseAsync(),
            ["Authentication__PublicKeyFile"] = "/keys/public.pem",
            ["Feeds__cadre"] = "none",
            ["Personal__CurrentKey"] = "test",
            ["Personal__Keys__test"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Personal__HashKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        };
        var lines = new ConcurrentQueue<string>();
        var sandbox = new Sandbox(image);
        using (var migrate = sandbox.Start(settings, tokens.PublicKeyFile, lines.Enqueue, "migrate"))
        {
            await migrate.WaitForExitAsync(Token);
            migrate.ExitCode.ShouldBe(0, string.Join('\n', lines));
        }

        using var service = sandbox.Start(settings, tokens.PublicKeyFile, lines.Enqueue);
        try
        {
            using var client = new HttpClient();
            var ready = new Uri($"http://127.0.0.1:{http}/readyz");
            await Eventually.HoldsAsync(async () => !service.HasExited && await AnswersAsync(client, ready), "the service is ready", TimeSpan.FromSeconds(60));
            using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
            var headers = new Metadata { { "authorization", $"Bearer {tokens.Issue("tester", ["county_organizer"], ["140224"])}" } };
            (await new NodeService.NodeServiceClient(channel).ListNodesAsync(new ListNodesRequest(), headers, cancellationToken: Token)).Nodes.ShouldBeEmpty();

            var status = Sandbox.StatusOf(service);
            status["Uid"].ShouldBe("1654\t1654\t1654\t1654");
            status["CapEff"].ShouldBe("0000000000000000");
            status["NoNewPrivs"].ShouldBe("1");
            Sandbox.RootMount(service).Split(',').ShouldContain("ro");
            Sandbox.Temporary(service).ShouldBeEmpty();
            ProcessIdentity.Of(service.Id)!.Signal(ProcessIdentity.Terminate);
            await service.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
            service.ExitCode.ShouldBe(0);
        }
        catch (Exception failed)
        {
            throw new InvalidOperationException($"{failed.Message}\n{string.Join('\n', lines)}", failed);
        }
        finally
        {
            if (!service.HasExited) service.Kill();
        }
    }

    private static void CheckSbom(string text)
    {
        using var bom = JsonDocument.Parse(text);
        bom.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("name").GetString().ShouldBe("Jiceng.Grid");
        var npgsql = bom.RootElement.GetProperty("components").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "Npgsql");
        npgsql.GetProperty("purl").GetString()!.ShouldStartWith("pkg:nuget/Npgsql@10.");
        npgsql.GetProperty("hashes")[0].GetProperty("content").GetString()!.Length.ShouldBe(128);
    }

    private static async Task<bool> AnswersAsync(HttpClient client, Uri address)
    {
        try
        {
            using var answer = await client.GetAsync(address, Token);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
