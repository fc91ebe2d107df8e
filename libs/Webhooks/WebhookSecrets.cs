using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.Configuration;

namespace Jiceng.Webhooks;

/// <summary>Keeps signing secrets encrypted, each bound to its webhook. Keys: <c>Webhooks:Keys:&lt;id&gt;</c> and <c>Webhooks:CurrentKey</c>.</summary>
internal sealed class WebhookSecrets
{
    private readonly KeyRing? _keys;

    /// <exception cref="InvalidOperationException">A key is wrong. None at all is not: the service does without webhooks then.</exception>
    public WebhookSecrets(IConfiguration configuration)
    {
        var section = configuration.GetSection("Webhooks");
        if (section["CurrentKey"] is not null || section.GetSection("Keys").GetChildren().Any()) _keys = new KeyRing(section);
    }

    /// <exception cref="ApiException">WEBHOOK_KEY_MISSING.</exception>
    public byte[] Encrypt(Guid webhook, string secret) => Keys.Encrypt(secret, Purpose(webhook));

    /// <exception cref="ApiException">WEBHOOK_KEY_MISSING.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It was encrypted with a key that is no longer configured.</exception>
    public string Decrypt(Guid webhook, ReadOnlySpan<byte> encrypted) => Keys.Decrypt(encrypted, Purpose(webhook));

    private KeyRing Keys => _keys ?? throw WebhookErrors.KeyMissing.With();

    private static string Purpose(Guid webhook) => $"webhook.secret/{webhook}";
}
