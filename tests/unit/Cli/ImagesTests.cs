using System.Text.Json;
using Jiceng.Cli;
using Jiceng.Cli.Images;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class ImagesTests
{
    private const string Deps =
        """
        {
          "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0/linux-x64" },
          "targets": {
            ".NETCoreApp,Version=v10.0": {},
            ".NETCoreApp,Version=v10.0/linux-x64": {
              "Jiceng.Grid/0.1.0": { "dependencies": { "Dapper": "2.1.86", "Jiceng.Domain": "0.1.0", "Analyzer": "1.0.0" }, "runtime": {} },
              "Dapper/2.1.86": { "runtime": {} },
              "Jiceng.Domain/0.1.0": { "runtime": {} }
            }
          },
          "libraries": {
            "Jiceng.Grid/0.1.0": { "type": "project", "serviceable": false, "sha512": "" },
            "Dapper/2.1.86": { "type": "package", "serviceable": true, "sha512": "sha512-AAEC" },
            "Jiceng.Domain/0.1.0": { "type": "project", "serviceable": false, "sha512": "" }
          }
        }
        """;

    [Fact]
    public void Sbom_OfDeps_ListsTheImageContents()
    {
        using var bom = JsonDocument.Parse(Sbom.Of(Deps));
        var root = bom.RootElement;
        root.GetProperty("metadata").GetProperty("component").GetProperty("bom-ref").GetString().ShouldBe("Jiceng.Grid/0.1.0");
        root.GetProperty("components").EnumerateArray().Select(one => one.GetProperty("bom-ref").GetString()).ShouldBe(["Dapper/2.1.86", "Jiceng.Domain/0.1.0"]);
        var dapper = root.GetProperty("components")[0];
        dapper.GetProperty("purl").GetString().ShouldBe("pkg:nuget/Dapper@2.1.86");
        dapper.GetProperty("hashes")[0].GetProperty("content").GetString().ShouldBe("000102");
        root.GetProperty("components")[1].TryGetProperty("purl", out _).ShouldBeFalse();
        root.GetProperty("dependencies").EnumerateArray().Single(one => one.GetProperty("ref").GetString() == "Jiceng.Grid/0.1.0")
            .GetProperty("dependsOn").EnumerateArray().Select(one => one.GetString()).ShouldBe(["Dapper/2.1.86", "Jiceng.Domain/0.1.0"]);
    }

    [Fact]
    public void Sbom_SameDeps_IsTheSame() => Sbom.Of(Deps).ShouldBe(Sbom.Of(Deps));

    [Theory]
    [InlineData("mcr.example.org/dotnet/aspnet:10.0\n", "mcr.example.org/dotnet/aspnet:10.0")]
    [InlineData("  containers:\n    - image: redis:7.2.6\n      name: redis\n", "redis:7.2.6")]
    [InlineData("      image: \"localhost:5000/a/b:1\"\n", "localhost:5000/a/b:1")]
    [InlineData("      image: redis:7.2.6@sha256:abc\n", "")]
    [InlineData("      image: jiceng/grid:0.1.0\n", "")]
    [InlineData("# image: of a thing: 3\n", "")]
    public void Unpinned_Samples_AreFound(string text, string expected) => string.Join(' ', ImagePins.Unpinned(text)).ShouldBe(expected);

    [Fact]
    public void Pinned_EveryReference_GetsTheDigest() =>
        ImagePins.Pinned("image: redis:7\nname: redis:7\n- image: redis:7.2\n  - image: redis:7\n", "redis:7", "sha256:ab")
            .ShouldBe("image: redis:7@sha256:ab\nname: redis:7\n- image: redis:7.2\n  - image: redis:7@sha256:ab\n");

    [Theory]
    [InlineData("redis:7", "https registry-1.docker.io 443", "library/redis", "7")]
    [InlineData("grafana/grafana:12.3.1", "https registry-1.docker.io 443", "grafana/grafana", "12.3.1")]
    [InlineData("mcr.example.org/dotnet/aspnet:10.0", "https mcr.example.org 443", "dotnet/aspnet", "10.0")]
    [InlineData("localhost:5000/base:1", "http localhost 5000", "base", "1")]
    public void Parse_Sample_IsParsed(string name, string registry, string repository, string tag)
    {
        var (address, path, version) = ImagePins.Parse(name);
        ($"{address.Scheme} {address.Host} {address.Port}", path, version).ShouldBe((registry, repository, tag));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("localhost:5000/base")]
    public void Parse_WithoutTag_IsRejected(string name) => Should.Throw<CliException>(() => ImagePins.Parse(name)).Message.ShouldContain("no tag");

    [Fact]
    public void FailureReason_SdkTaskFailed_OmitsItsStack() => PublishResult.FailureReason(
    [
        "  Grid -> /src/artifacts/bin/Grid/release/Jiceng.Grid.dll",
        "/sdk/Containers.targets(255,5): error MSB4018: The \"CreateNewImage\" task failed unexpectedly. [/src/services/grid/Grid.csproj]",
        "/sdk/Containers.targets(255,5): error MSB4018: HttpRequestException: Name or service not known (images.example:443) [/src/services/grid/Grid.csproj]",
        "/sdk/Containers.targets(255,5): error MSB4018:  ---> SocketException: Name or service not known [/src/services/grid/Grid.csproj]",
        "/sdk/Containers.targets(255,5): error MSB4018:    at System.Net.Sockets.Socket.Connect() [/src/services/grid/Grid.csproj]",
        "/sdk/Containers.targets(255,5): error MSB4018:    --- End of inner exception stack trace --- [/src/services/grid/Grid.csproj]",
        "/sdk/Containers.targets(255,5): error MSB4018: HttpRequestException: Name or service not known (images.example:443) [/src/services/grid/Grid.csproj]",
    ]).ShouldBe("The \"CreateNewImage\" task failed unexpectedly.\nHttpRequestException: Name or service not known (images.example:443)");

    [Fact]
    public void FailureReason_CompilerError_HasItsLocation() =>
        PublishResult.FailureReason(["Determining projects to restore...", "/src/services/grid/Program.cs(3,1): error CS0103: The name 'x' does not exist [/src/services/grid/Grid.csproj]"])
            .ShouldBe("/src/services/grid/Program.cs(3,1): error CS0103: The name 'x' does not exist");

    [Fact]
    public void FailureReason_NoError_IsTheLastOutput() => PublishResult.FailureReason(["Killed"]).ShouldBe("Killed");

    [Fact]
    public void Component_OfImages_PinsThemByDigest() =>
        ImageBuild.Component("images.example", [new BuiltImage("grid", "sha256:ab", null, "")]).ShouldBe(
            """
            apiVersion: kustomize.config.k8s.io/v1alpha1
            kind: Component
            images:
              - name: jiceng/grid
                newName: images.example/jiceng/grid
                digest: sha256:ab

            """);
}
