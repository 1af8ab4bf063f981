using Google.Protobuf;
using Grpc.Core;
using Keelson.Notary.Keys;
using Keelson.Notary.Protocol;

namespace Keelson.Notary.Signer;

/// <summary>Notary's Signer service.</summary>
internal sealed class SignerService(IKeyService keys) : Protocol.Signer.SignerBase
{
    public override async Task<Signature> Sign(SignatureRequest request, ServerCallContext context)
    {
        OnlineKey key = await KeyManagementService.FindAsync(keys, request.KeyID, context).ConfigureAwait(false);
        byte[] signature = await keys.SignAsync(key.Id, request.Content.Memory, context.CancellationToken).ConfigureAwait(false);
        string method = key.Algorithm switch { "ed25519" => "eddsa", "rsa" => "rsapss", _ => "ecdsa" };
        return new() { KeyInfo = KeyManagementService.InfoOf(key), Algorithm = new() { Algorithm_ = method }, Content = UnsafeByteOperations.UnsafeWrap(signature) };
    }
}
