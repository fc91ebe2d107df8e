using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;
using Jiceng.Gateway.Documents;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>The contracts as other systems fetch them, and the page that shows them.</summary>
public sealed partial class PublishedContractTests : GatewayTests
{
    private static readonly string[] Everything = ["/contracts", ContractDocuments.English, ContractDocuments.Descriptors, "/docs/", "/docs/swagger-ui.css"];
    private PublishedFiles _files = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _files = new PublishedFiles(gateway);
    }

    public override async ValueTask DisposeAsync()
    {
        _files.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Index_ForPrograms_ListsFilesThatAreThereAsItSays()
    {
        var index = await _files.JsonAsync("/contracts");
        var listed = index["files"]!.AsArray();
        listed.Count.ShouldBe(7);
        foreach (var file in listed)
        {
            var bytes = await _files.BytesAsync(file!["path"]!.GetValue<string>());
            bytes.Length.ShouldBe(file["bytes"]!.GetValue<int>(), file.ToJsonString());
            Convert.ToHexStringLower(SHA256.HashData(bytes)).ShouldBe(file["sha256"]!.GetValue<string>());
        }

        listed.ShouldContain(file => file!["path"]!.GetValue<string>() == $"/contracts/jiceng-protos-{index["version"]!.GetValue<string>()}.zip");
    }

    [Fact]
    public async Task Index_ForBrowsers_IsAPageWithLinksToThem()
    {
        using var answer = await _files.GetAsync("/contracts", ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"));
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        answer.Headers.Vary.ShouldContain("Accept");
        var links = Links().Matches(await answer.Content.ReadAsStringAsync()).Select(link => link.Groups[1].Value).ToArray();
        links.Length.ShouldBe(8);
        foreach (var link in links)
        {
            using var there = await _files.GetAsync(link);
            there.StatusCode.ShouldBe(HttpStatusCode.OK, link);
        }
    }

    [Fact]
    public async Task Compatibility_AndChangeLog_AreThePagesOfTheRepository()
    {
        var root = Path.GetDirectoryName(BufImage.Protos)!;
        (await TextAsync("/contracts/compatibility.md")).ShouldBe(await File.ReadAllTextAsync(Path.Combine(root, "docs/contracts.md")));
        (await TextAsync("/contracts/changelog.md")).ShouldBe(await File.ReadAllTextAsync(Path.Combine(root, "CHANGELOG.md")));
        (await TextAsync("/contracts/errors.md")).ShouldBe(await File.ReadAllTextAsync(Path.Combine(root, "docs/errors.md")));

        async Task<string> TextAsync(string path) => Encoding.UTF8.GetString(await _files.BytesAsync(path));
    }

    [Fact]
    public async Task Archive_Unpacked_IsWhatBufCompiles()
    {
        var bytes = await _files.BytesAsync((await _files.JsonAsync("/contracts"))["files"]!.AsArray().Select(file => file!["path"]!.GetValue<string>()).Single(path => path.EndsWith(".zip", StringComparison.Ordinal)));
        var folder = Directory.CreateTempSubdirectory("jiceng-archive-").FullName;
        try
        {
            ZipFile.ExtractToDirectory(new MemoryStream(bytes), folder);
            var image = await BufImage.BuildAsync(folder);
            image.File.Select(file => file.Name).ShouldBe((await BufImage.BuildAsync(BufImage.Protos)).File.Select(file => file.Name), ignoreOrder: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Archive_OfTheSameFiles_HasTheSameBytes()
    {
        KeyValuePair<string, byte[]> one = new("a.proto", [1]), two = new("b/c.proto", [2, 2]);
        ProtoArchive.Write([one, two]).ShouldBe(ProtoArchive.Write([two, one]));
        ProtoArchive.Write([one, two]).ShouldNotBe(ProtoArchive.Write([one]));
    }

    [Fact]
    public async Task Descriptors_AsTheySaved_AreTheSchemaOfBufCurl()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.binpb");
        try
        {
            var bytes = await _files.BytesAsync(ContractDocuments.Descriptors);
            FileDescriptorSet.Parser.ParseFrom(bytes).File.Single(one => one.Name == "jiceng/grid/v1/node_service.proto").SourceCodeInfo.Location.ShouldContain(location => location.LeadingComments.Contains("网格"));
            await File.WriteAllBytesAsync(file, bytes);
            var token = tokens.Issue("tester", ["grid_worker"], ["140224"]);
            var start = new ProcessStartInfo(
                Environment.GetEnvironmentVariable("JICENG_BUF") ?? "buf",
                ["curl", "--schema", file, "--protocol", "connect", "-H", $"authorization: Bearer {token}", "-d", """{"code":"140224"}""", new Uri(gateway.HttpAddress, "/jiceng.grid.v1.NodeService/GetNode").ToString()])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var buf = Process.Start(start)!;
            var printed = await Task.WhenAll(buf.StandardOutput.ReadToEndAsync(), buf.StandardError.ReadToEndAsync());
            await buf.WaitForExitAsync();
            buf.ExitCode.ShouldBe(0, string.Concat(printed));
            JsonNode.Parse(printed[0])!["code"]!.GetValue<string>().ShouldBe("140224");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task File_AskedForAgain_IsNotSentAgain_AndIsCompressedForWhoTakesIt()
    {
        using var plain = await _files.GetAsync(ContractDocuments.English);
        using var again = await _files.GetAsync(ContractDocuments.English, ("If-None-Match", plain.Headers.ETag!.ToString()));
        again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        (await again.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();

        using var zipped = await _files.GetAsync(ContractDocuments.English, ("Accept-Encoding", "br, gzip"));
        zipped.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        zipped.Headers.ETag.ShouldNotBe(plain.Headers.ETag);
        zipped.Headers.Vary.ShouldContain("Accept-Encoding");
        var unzipped = new MemoryStream();
        await using (var gzip = new GZipStream(await zipped.Content.ReadAsStreamAsync(), CompressionMode.Decompress)) await gzip.CopyToAsync(unzipped);
        unzipped.ToArray().ShouldBe(await plain.Content.ReadAsByteArrayAsync());

        using var unwanted = await _files.GetAsync(ContractDocuments.English, ("Accept-Encoding", "gzip;q=0"));
        unwanted.Content.Headers.ContentEncoding.ShouldBeEmpty();

        using var head = await _files.SendAsync(HttpMethod.Head, ContractDocuments.English);
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.ShouldBe(plain.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Page_AndAllThatItLoads_ComeFromTheGateway()
    {
        using var page = await _files.GetAsync("/docs/index.html");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        var html = await page.Content.ReadAsStringAsync();
        var loaded = Links().Matches(html).Select(link => link.Groups[1].Value).ToArray();
        loaded.Length.ShouldBeGreaterThanOrEqualTo(5);
        foreach (var link in loaded)
        {
            Uri.TryCreate(link, UriKind.Absolute, out _).ShouldBeFalse(link);
            using var part = await _files.GetAsync(new Uri(new Uri(gateway.HttpAddress, "/docs/"), link).PathAndQuery);
            part.StatusCode.ShouldBe(HttpStatusCode.OK, link);
        }

        html.ShouldNotContain("<script>");
        html.ShouldNotContain("<style>");
        var settings = Encoding.UTF8.GetString(await _files.BytesAsync("/docs/index.js"));
        settings.ShouldContain(ContractDocuments.English);
        settings.ShouldContain(ContractDocuments.Chinese);
        settings.ShouldNotContain("validator.swagger.io");
    }

    [Fact]
    public async Task Page_ItsPolicy_LetsItLoadAndCallNobodyElse()
    {
        using var page = await _files.GetAsync("/docs/index.html");
        using var other = await _files.GetAsync("/contracts");

        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldStartWith("default-src 'none'");
        policy.ShouldContain("script-src 'self';");
        policy.ShouldContain("connect-src 'self';");
        policy.ShouldNotContain("http");
        policy.ShouldNotContain("unsafe");
        other.Headers.GetValues("Content-Security-Policy").Single().ShouldBe("default-src 'none'; frame-ancestors 'none'");
        page.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Fact]
    public async Task Files_NotPublic_AreForCallersWithAToken()
    {
        await using var closed = await GatewayRun.StartAsync(upstream.Address, tokens, ("Contracts:Public", "false"));
        using var stranger = new PublishedFiles(closed);
        using var known = new PublishedFiles(closed, tokens.Issue("tester", ["grid_worker"], ["140224"]));
        foreach (var path in Everything)
        {
            using var refused = await stranger.GetAsync(path);
            refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
            JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["title"]!.GetValue<string>().ShouldBe("TOKEN_MISSING");
            using var shown = await known.GetAsync(path == "/docs/" ? "/docs/index.html" : path);
            shown.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        }

        using var live = await stranger.GetAsync("/livez");
        live.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Files_AskedForTooOften_AreRefused()
    {
        await using var few = await GatewayRun.StartAsync(upstream.Address, tokens, ("Limits:Read:CallsPerSecond", "1"), ("Limits:Read:CallBurst", "2"));
        using var reader = new PublishedFiles(few);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            using var answer = await reader.GetAsync("/contracts");
            statuses.Add(answer.StatusCode);
            answer.Headers.Contains("RateLimit").ShouldBeTrue();
        }

        statuses[0].ShouldBe(HttpStatusCode.OK);
        statuses.ShouldContain(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Path_BesideThem_IsNone()
    {
        foreach (var path in (string[])["/contracts/nothing", "/docs/nothing.js", "/openapi.xml"])
        {
            using var answer = await _files.GetAsync(path);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        using var posted = await _files.SendAsync(HttpMethod.Post, "/contracts");
        posted.StatusCode.ShouldNotBe(HttpStatusCode.OK);
    }

    [GeneratedRegex("""(?:href|src)="([^"]+)""")]
    private static partial Regex Links();
}
