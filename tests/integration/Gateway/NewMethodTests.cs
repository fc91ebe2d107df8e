using System.Net;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Gateway.Documents;
using Jiceng.Gateway.Routing;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>A method that is added to a proto can be called in every way with no other change.</summary>
public sealed class NewMethodTests
{
    private const string Added =
        """
        // Plants trees at a place.
        message PlantTreesRequest {
          // Where.
          string code = 1;
          // How many trees.
          int64 tree_count = 2;
          // Of which kinds.
          repeated TreeKind kinds = 3;
          // When.
          google.protobuf.Timestamp plant_time = 4;
        }

        // A kind of tree.
        enum TreeKind {
          // Not said.
          TREE_KIND_UNSPECIFIED = 0;
          // 杨树
          TREE_KIND_POPLAR = 1;
        }
        """;

    [Fact]
    public async Task MethodAddedToAProto_IsCalledByConnectAndPublished()
    {
        using var tokens = new TestTokens();
        await using var upstream = await Upstream.StartAsync(tokens, echoes: false);
        upstream.Seen.Answer = message => message;
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, tokens, new ContractMethods(await ChangedAsync()));
        using var client = new ConnectClient(gateway);
        const string json = """{"code":"140224","treeCount":"9007199254740993","kinds":["TREE_KIND_POPLAR"],"plantTime":"2026-03-12T01:00:00Z"}""";

        using var answer = await client.CallAsync($"{ConnectClient.Node}/PlantTrees", json);
        (await answer.Content.ReadAsStringAsync()).ShouldBe(json);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        using var wrong = await client.CallAsync($"{ConnectClient.Node}/PlantTrees", """{"kinds":["TREE_KIND_OAK"]}""");
        (await ConnectClient.JsonOfAsync(wrong)).GetProperty("message").GetString()
            .ShouldBe("Field kinds[0] is not valid: it must be TREE_KIND_UNSPECIFIED, TREE_KIND_POPLAR.");

        using var asBytes = await client.SendAsync($"{ConnectClient.Node}/PlantTrees", upstream.Seen.Asked, "application/proto");
        (await asBytes.Content.ReadAsByteArrayAsync()).ShouldBe(upstream.Seen.Asked);

        using var files = new PublishedFiles(gateway);
        await IsPublishedAsync(files);

        // And not before it was added.
        await using var old = await GatewayRun.StartAsync(upstream.Address, tokens);
        using var oldClient = new ConnectClient(old);
        using var unknown = await oldClient.CallAsync($"{ConnectClient.Node}/PlantTrees", json);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotImplemented);
    }

    /// <summary>The method is in each document, the Chinese one too, where its comment stays English until somebody translates it.</summary>
    private static async Task IsPublishedAsync(PublishedFiles files)
    {
        var documents = new List<(string, byte[])>();
        foreach (var path in (string[])[ContractDocuments.English, ContractDocuments.Chinese])
        {
            // The page shows the document that it loads.
            Encoding.UTF8.GetString(await files.BytesAsync("/docs/index.js")).ShouldContain(path);
            documents.Add((path, await files.BytesAsync(path)));
            var document = await files.JsonAsync(path);
            var method = document["paths"]![$"/{ConnectClient.Node}/PlantTrees"]!["post"]!;
            method["description"]!.GetValue<string>().ShouldStartWith("Plants what is asked for.");
            var request = document["components"]!["schemas"]!["jiceng.grid.v1.PlantTreesRequest"]!["properties"]!;
            request["treeCount"]!["type"]!.GetValue<string>().ShouldBe("string");
            request["treeCount"]!["description"]!.GetValue<string>().ShouldBe("How many trees.");
            document["components"]!["schemas"]!["jiceng.grid.v1.TreeKind"]!["enum"]![1]!.GetValue<string>().ShouldBe("TREE_KIND_POPLAR");
        }

        var (problems, counts) = await OpenApiValidator.CheckAsync(documents, []);
        problems.ShouldBeEmpty();
        counts["documents"].ShouldBe(2);
        FileDescriptorSet.Parser.ParseFrom(await files.BytesAsync(ContractDocuments.Descriptors)).File
            .SelectMany(file => file.Service).SelectMany(service => service.Method).ShouldContain(method => method.Name == "PlantTrees");
    }

    /// <summary>The descriptors of the contracts as buf compiles them after a method was added to one.</summary>
    private static async Task<byte[]> ChangedAsync()
    {
        var folder = Directory.CreateTempSubdirectory("jiceng-protos-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(BufImage.Protos, "*.proto", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder, Path.GetRelativePath(BufImage.Protos, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            var proto = Path.Combine(folder, "jiceng/grid/v1/node_service.proto");
            const string service = "service NodeService {";
            var text = await File.ReadAllTextAsync(proto);
            text.ShouldContain(service);
            await File.WriteAllTextAsync(proto, $"{text.Replace(service, $"{service}\n  // Plants what is asked for.\n  rpc PlantTrees(PlantTreesRequest) returns (PlantTreesRequest);")}\n{Added}");

            return (await BufImage.BuildAsync(folder)).ToByteArray();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
