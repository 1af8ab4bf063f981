using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Keelson.Tuf;

/// <summary>An Ed25519 key in memory.</summary>
public sealed class Ed25519Signer : ITufSigner
{
    private readonly byte[] seed;
    private readonly byte[] publicKey;

    /// <summary>Takes a key.</summary>
    /// <param name="seed">The private key of RFC 8032: 32 bytes, copied.</param>
    public Ed25519Signer(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != Ed25519.SecretKeySize) throw PublicKeys.Bad("Ed25519", $"{seed.Length} bytes and not 32");
        this.seed = seed.ToArray();
        publicKey = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(this.seed, 0, publicKey, 0);
    }

    /// <inheritdoc/>
    public TufAlgorithm Algorithm => TufAlgorithm.Ed25519;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey => publicKey;

    /// <summary>Makes a key.</summary>
    public static Ed25519Signer Generate()
    {
        Span<byte> seed = stackalloc byte[Ed25519.SecretKeySize];
        RandomNumberGenerator.Fill(seed);
        return new(seed);
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data, int hash = 256)
    {
        byte[] message = data.ToArray(), signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(seed, 0, publicKey, 0, message, 0, message.Length, signature, 0);
        return signature;
    }
}
