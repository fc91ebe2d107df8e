using System.Diagnostics;
using System.Text.Json.Nodes;
using Jiceng.DeployTests.Rendering;
using Jiceng.DeployTests.Schemas;
using Shouldly;
using Xunit;

namespace Jiceng.DeployTests;

/// <summary>The scripts of deploy/k8s, against a fake cluster that only records its commands.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-scripts-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("overlays/county", "jiceng")]
    [InlineData("overlays/province", "jiceng-140224", "jiceng-361027")]
    public async Task Rollout_OfOverlay_MigratesFirst(string overlay, params string[] spaces)
    {
        await RolloutAsync([overlay, "5m"]);

        RecordedCommands().ShouldBe(
        [
            .. spaces.Select(space => $"delete job --namespace {space} --selector app.kubernetes.io/component=migrate --ignore-not-found --wait"),
            "apply --selector app.kubernetes.io/component notin (service,migrate)",
            "apply --selector app.kubernetes.io/component=migrate",
            .. spaces.Select(space => $"wait job --namespace {space} --selector app.kubernetes.io/component=migrate --for=condition=complete --timeout=5m"),
            "apply",
            .. spaces.Select(space => $"rollout status --namespace {space} deployment.apps/grid --timeout=5m"),
        ]);
    }

    [Fact]
    public async Task Rollout_MigrationFails_ReportsWhyAndKeepsServices()
    {
        var errors = await RolloutAsync(["overlays/county", "5m"], failing: "wait", status: 1);

        errors.ShouldContain("the migrations of jiceng did not end; the services were left as they are");
        RecordedCommands()[^3..].ShouldBe(
        [
            "apply --selector app.kubernetes.io/component=migrate",
            "wait job --namespace jiceng --selector app.kubernetes.io/component=migrate --for=condition=complete --timeout=5m",
            "logs --namespace jiceng --selector app.kubernetes.io/component=migrate --prefix --tail 20",
        ]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("diff")]
    public async Task Rollout_DryRun_OnlyDiffs(string failing)
    {
        await RolloutAsync(["--dry-run", "overlays/county"], failing);

        RecordedCommands().ShouldBe(["diff"]);
    }

    [Fact]
    public async Task Secrets_OfTrial_MatchReferencesAndAreStable()
    {
        // Stand-ins for the output of ./jiceng token.
        foreach (var (file, text) in ((string, string)[])[("cluster/grid-token", "a.b.c"), ("cluster/scoring-token", "d.e.f"), ("keys/token-signing.public.pem", "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n")])
        {
            var path = Path.Combine(_folder.FullName, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, text);
        }

        var script = Path.Combine(Repository.Kubernetes, "overlays", "trial", "secrets.sh");
        var printed = await RunAsync(script, []);
        var secrets = KubeObject.Parse(printed);

        secrets.SelectMany(Schema.Known.Problems).ShouldBeEmpty();
        var fields = secrets.SelectMany(secret => secret.Content.Map("stringData").Texts().Select(field => (Field: $"{secret.Name}/{field.Key}", field.Value))).ToDictionary(pair => pair.Field, pair => pair.Value);
        fields.Values.ShouldAllBe(value => value.Length > 4);
        fields["token-key/public.pem"].ShouldContain("BEGIN PUBLIC KEY");
        Convert.FromBase64String(fields["personal-keys/Personal__Keys__trial"]).Length.ShouldBe(32);
        var objects = Kustomize.Render("overlays/trial");
        objects.SelectMany(made => PolicyTests.Secrets(made.Content)).Distinct().ShouldBe(secrets.Select(secret => secret.Name), ignoreOrder: true);
        objects.SelectMany(made => References(made.Content)).Distinct().ShouldBeSubsetOf(fields.Keys);
        (await RunAsync(script, [])).ShouldBe(printed);
    }

    /// <summary>Secret fields that an object refers to: secret/field.</summary>
    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Key == "secretKeyRef" ? [$"{pair.Value.Text("name")}/{pair.Value.Text("key")}"] : References(pair.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    private string Log => Path.Combine(_folder.FullName, "log");

    private string[] RecordedCommands() => File.ReadAllLines(Log);

    /// <summary>Runs rollout.sh; the cluster rejects one kind of command.</summary>
    private async Task<string> RolloutAsync(string[] arguments, string failing = "", int status = 0)
    {
        var kubectl = (await RunAsync("bash", ["-c", "command -v kubectl"])).Trim();
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "kubectl"),
            $"""
            #!/bin/sh
            case "$1" in
              kustomize) exec {kubectl} "$@" ;;
              get) echo deployment.apps/grid ;;
              *) echo "$*" | sed 's| -f [^ ]*||' >> {Log} ;;
            esac
            [ "$1" != "{failing}" ]
            """);
        File.SetUnixFileMode(Path.Combine(_folder.FullName, "kubectl"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return await RunAsync(
            Path.Combine(Repository.Kubernetes, "rollout.sh"),
            [.. arguments.Select(argument => argument.StartsWith("overlays/", StringComparison.Ordinal) ? Path.Combine(Repository.Kubernetes, argument) : argument)],
            status);
    }

    /// <returns>The output; for a program that must fail, its error output.</returns>
    private async Task<string> RunAsync(string program, string[] arguments, int status = 0)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["JICENG_DATA"] = _folder.FullName;
        using var process = Process.Start(start)!;
        var (text, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(status, await errors);
        return status == 0 ? await text : await errors;
    }
}
