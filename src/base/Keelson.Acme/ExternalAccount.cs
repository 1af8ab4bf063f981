using System.Buffers.Text;
using System.Security.Cryptography;

namespace Keelson.Acme;

/// <summary>An account that the authority knows otherwise, such as that of a customer. RFC 8555 section 7.3.4.</summary>
public sealed class ExternalAccount
{
    private readonly byte[] key;

    /// <summary>Names one.</summary>
    /// <param name="keyId">What the authority calls the key.</param>
    /// <param name="key">The key, in base64url or base64, as authorities hand them out.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is no base64, or empty.</exception>
    public ExternalAccount(string keyId, string key)
    {
        KeyId = keyId;
        try
        {
            this.key = Base64Url.DecodeFromChars(key.Trim().TrimEnd('=').Replace('+', '-').Replace('/', '_'));
        }
        catch (FormatException)
        {
            // The text is a secret.
            throw new KeelsonException(ErrorKind.InvalidArgument, "the key of an external account is not base64url");
        }
        if (this.key.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "the key of an external account is empty");
    }

    /// <summary>What the authority calls the key.</summary>
    public string KeyId { get; }

    internal byte[] Sign(byte[] data) => HMACSHA256.HashData(key, data);
}
