using Keelson.Notary.Keys;
using Keelson.Pkcs11;

namespace Keelson.Notary.Pkcs11;

/// <summary>A key of a token, and where its halves are.</summary>
/// <param name="key">Its public half.</param>
/// <param name="place">Its objects.</param>
/// <param name="isUsed">Whether the token says that it has signed.</param>
internal sealed class TokenKey(OnlineKey key, TokenPlace place, bool isUsed)
{
    private readonly Lock marking = new();
    private volatile TokenPlace place = place;
    private volatile bool isUsed = isUsed;

    public OnlineKey Key => key;

    /// <summary>For messages.</summary>
    public string Name { get; } = "key " + key.Id;

    public Mechanism Mechanism => key.Algorithm == TokenObjects.Ed25519 ? Mechanism.CKM_EDDSA : Mechanism.CKM_ECDSA;

    /// <summary>Where it is; found anew after the token was lost.</summary>
    public TokenPlace Place { get => place; set => place = value; }

    /// <summary>Whether the token says that it has signed. That never becomes false again.</summary>
    public bool IsUsed => isUsed;

    /// <summary>Says in the token that it signs. One at a time: SoftHSM refuses changes of an object that is being changed.</summary>
    public void MarkUsed(Pkcs11Session session, TokenPlace where)
    {
        lock (marking)
        {
            if (isUsed) return;
            TokenObjects.MarkUsed(session, key, where);
            isUsed = true;
        }
    }
}

/// <summary>The objects of a key, as long as the token is not lost.</summary>
/// <param name="Epoch">The epoch of the session that found them.</param>
/// <param name="Pair">The objects.</param>
internal sealed record TokenPlace(int Epoch, Pkcs11KeyPair Pair);
