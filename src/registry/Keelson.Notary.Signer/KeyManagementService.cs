using Google.Protobuf;
using Grpc.Core;
using Keelson.Notary.Keys;
using Keelson.Notary.Protocol;

namespace Keelson.Notary.Signer;

/// <summary>Notary's KeyManagement service.</summary>
internal sealed class KeyManagementService(IKeyService keys) : KeyManagement.KeyManagementBase
{
    public override async Task<PublicKey> CreateKey(CreateKeyRequest request, ServerCallContext context)
    {
        OnlineKey key = await keys.CreateAsync(request.Algorithm, request.Gun, request.Role, context.CancellationToken).ConfigureAwait(false);
        return new() { KeyInfo = InfoOf(key), PublicKey_ = ByteString.CopyFrom(key.PublicKey.Span) };
    }

    public override async Task<Protocol.Void> DeleteKey(KeyID request, ServerCallContext context)
    {
        await keys.DeleteAsync(request.ID, context.CancellationToken).ConfigureAwait(false);
        return new();
    }

    public override async Task<GetKeyInfoResponse> GetKeyInfo(KeyID request, ServerCallContext context)
    {
        OnlineKey key = await FindAsync(keys, request, context).ConfigureAwait(false);
        return new() { KeyInfo = InfoOf(key), PublicKey = ByteString.CopyFrom(key.PublicKey.Span), Role = key.Role };
    }

    /// <summary>A key, or the status that there is none.</summary>
    public static async ValueTask<OnlineKey> FindAsync(IKeyService keys, KeyID? id, ServerCallContext context) =>
        await keys.FindAsync(id?.ID ?? "", context.CancellationToken).ConfigureAwait(false) ?? throw new KeelsonException(ErrorKind.NotFound, $"find key {id?.ID}: it is not kept here");

    public static KeyInfo InfoOf(OnlineKey key) => new() { KeyID = new() { ID = key.Id }, Algorithm = new() { Algorithm_ = key.Algorithm } };
}
