using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Jiceng.Cli;
using Jiceng.Cli.Running;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class SecretsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-keys-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Open_FirstTime_OnlyTheOwnerCanReadSecrets()
    {
        var workspace = new Workspace(_folder.FullName, _folder.FullName);
        var secrets = Secrets.Open(workspace, TimeProvider.System);

        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        foreach (var file in (string[])[secrets.TokenKeyFile, secrets.CertificateKeyFile, Path.Combine(workspace.Keys, "secrets.json")])
            (File.GetUnixFileMode(file) & others).ShouldBe(UnixFileMode.None, file);
        File.GetUnixFileMode(workspace.Keys).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Convert.FromBase64String(secrets.PersonalKey).Length.ShouldBe(32);
    }

    [Fact]
    public void Open_SecondTime_KeepsEveryKey()
    {
        var workspace = new Workspace(_folder.FullName, _folder.FullName);
        var first = Secrets.Open(workspace, TimeProvider.System);
        var key = File.ReadAllText(first.TokenKeyFile);

        var second = Secrets.Open(workspace, TimeProvider.System);

        second.PersonalKey.ShouldBe(first.PersonalKey);
        second.Database("grid").ShouldBe(first.Database("grid"));
        File.ReadAllText(second.TokenKeyFile).ShouldBe(key);
    }

    [Fact]
    public void Sign_Token_IsVerifiableAndHasTheClaims()
    {
        var secrets = Secrets.Open(new Workspace(_folder.FullName, _folder.FullName), TimeProvider.System);
        var now = new DateTimeOffset(2026, 3, 31, 8, 0, 0, TimeSpan.Zero);

        var token = DevelopmentToken.Sign(secrets.TokenKeyFile, new TokenHolder("p1", "王建军", ["grid_worker"], ["140224205201001"]), now, TimeSpan.FromHours(2));

        var parts = token.Split('.');
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(secrets.TokenPublicKeyFile));
        key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256).ShouldBeTrue();
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        claims.GetProperty("sub").GetString().ShouldBe("p1");
        claims.GetProperty("name").GetString().ShouldBe("王建军");
        claims.GetProperty("roles")[0].GetString().ShouldBe("grid_worker");
        claims.GetProperty("places")[0].GetString().ShouldBe("140224205201001");
        claims.GetProperty("exp").GetInt64().ShouldBe(now.AddHours(2).ToUnixTimeSeconds());
    }
}
