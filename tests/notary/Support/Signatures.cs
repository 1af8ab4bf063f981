using System.Text.Json;
using System.Text.Json.Nodes;
using Keelson.Notary.Keys;
using Keelson.Tuf;

namespace Keelson.Notary.Tests.Support;

/// <summary>Verifies signatures as clients do.</summary>
internal static class Signatures
{
    /// <summary>Fails unless the key has the name of its content, and the signature is its own.</summary>
    public static void Verify(OnlineKey key, byte[] content, byte[] signature)
    {
        JsonObject json = new() { ["keytype"] = key.Algorithm, ["keyval"] = new JsonObject { ["private"] = null, ["public"] = Convert.ToBase64String(key.PublicKey.Span) } };
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        ITufVerifier verifier = new NotaryDialect().ReadKey(key.Id, document.RootElement).Verifier!;
        Assert.True(verifier.Verify(content, signature, key.Algorithm == "ed25519" ? "eddsa" : "ecdsa"));
        Assert.False(verifier.Verify([.. content, 0], signature, key.Algorithm == "ed25519" ? "eddsa" : "ecdsa"));
    }
}
