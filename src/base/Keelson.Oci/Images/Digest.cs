using System.Security.Cryptography;

namespace Keelson.Oci;

/// <summary>Names content by its hash: <c>sha256:</c> and 64 hexadecimal digits.</summary>
/// <remarks>image-spec 1.1 descriptor "Digests". The registered algorithms sha256 and sha512 are known; letters are lower case.</remarks>
public readonly record struct Digest
{
    private const string Sha256Prefix = "sha256:", Sha512Prefix = "sha512:";
    private readonly string? text;

    private Digest(string text) => this.text = text;

    /// <summary>Whether this is the default value, which names nothing.</summary>
    public bool IsEmpty => text is null;

    /// <summary><c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => Text[..6];

    /// <summary>The hash in hexadecimal: 64 or 128 lower case digits.</summary>
    public string Hex => Text[7..];

    private string Text => text ?? throw new InvalidOperationException("the digest is empty");

    /// <summary>Reads a digest.</summary>
    /// <exception cref="KeelsonException"><see cref="ErrorKind.InvalidArgument"/>: it has another form.</exception>
    public static Digest Parse(ReadOnlySpan<char> text) => TryParse(text, out Digest digest) ? digest
        : throw new KeelsonException(ErrorKind.InvalidArgument, $"digest '{SpecReader.Quote(text)}': is not sha256 or sha512, a colon and that hash in lower case hexadecimal digits");

    /// <summary>Reads a digest.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest digest)
    {
        bool isValid = text.StartsWith(Sha256Prefix) && IsHex(text[7..], SHA256.HashSizeInBytes) || text.StartsWith(Sha512Prefix) && IsHex(text[7..], SHA512.HashSizeInBytes);
        digest = isValid ? new Digest(text.ToString()) : default;
        return isValid;
    }

    /// <summary>The digest of bytes at hand, by sha256.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return FromHash(hash);
    }

    /// <summary>The digest whose hash has been computed.</summary>
    /// <param name="hash">32 bytes of sha256 or 64 of sha512.</param>
    public static Digest FromHash(ReadOnlySpan<byte> hash) => hash.Length switch
    {
        SHA256.HashSizeInBytes => new(Sha256Prefix + Convert.ToHexStringLower(hash)),
        SHA512.HashSizeInBytes => new(Sha512Prefix + Convert.ToHexStringLower(hash)),
        _ => throw new ArgumentException("neither the size of sha256 nor that of sha512", nameof(hash)),
    };

    /// <summary>A hash of the digest's algorithm, to feed content to. The caller disposes of it.</summary>
    public IncrementalHash CreateHash() => IncrementalHash.CreateHash(Text.StartsWith(Sha256Prefix, StringComparison.Ordinal) ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512);

    /// <summary>Whether this is the digest of bytes at hand.</summary>
    public bool IsOf(ReadOnlySpan<byte> content)
    {
        using IncrementalHash hash = CreateHash();
        hash.AppendData(content);
        return FromHash(hash.GetHashAndReset()) == this;
    }

    /// <summary>The whole digest; empty for the default value.</summary>
    public override string ToString() => text ?? "";

    private static bool IsHex(ReadOnlySpan<char> text, int bytes)
    {
        if (text.Length != bytes * 2) return false;
        foreach (char c in text)
            if (!char.IsAsciiHexDigitLower(c)) return false;
        return true;
    }
}
