namespace Keelson.Notary.Keys;

/// <summary>Makes keys for the roles that a server signs itself, and signs with them. In this process, or in a signer elsewhere.</summary>
public interface IKeyService : IAsyncDisposable
{
    /// <summary>Gives a key for a role of a collection: one that was made for it before and has signed nothing yet, or a new one.</summary>
    /// <param name="algorithm"><c>ecdsa</c> or <c>ed25519</c>.</param>
    /// <param name="gun">The collection.</param>
    /// <param name="role">The role.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the algorithm is not known, or a name cannot be kept. FailedPrecondition: there is no passphrase to wrap it with. Unavailable: the signer cannot be asked. DataLoss: what the signer or its store gave is no such key.</exception>
    Task<OnlineKey> CreateAsync(string algorithm, string gun, string role, CancellationToken cancel = default);

    /// <summary>A key; <see langword="null"/> when it is not kept here.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: there is no passphrase to unwrap it with. Unavailable: the signer cannot be asked. DataLoss: what the signer or its store gave is no such key.</exception>
    ValueTask<OnlineKey?> FindAsync(string keyId, CancellationToken cancel = default);

    /// <summary>Signs bytes. ECDSA: r and s, each as wide as the curve, over SHA-256. Ed25519: as RFC 8032.</summary>
    /// <exception cref="KeelsonException">NotFound: the key is not kept here. FailedPrecondition: there is no passphrase to unwrap it with. Unavailable: the signer cannot be asked. DataLoss: what its store gave is no such key.</exception>
    Task<byte[]> SignAsync(string keyId, ReadOnlyMemory<byte> content, CancellationToken cancel = default);

    /// <summary>Removes a key for good.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="KeelsonException">Unavailable: the signer cannot be asked.</exception>
    Task<bool> DeleteAsync(string keyId, CancellationToken cancel = default);

    /// <summary>Makes sure that it can be asked.</summary>
    /// <exception cref="KeelsonException">Unavailable: it cannot.</exception>
    Task CheckAsync(CancellationToken cancel = default);
}
