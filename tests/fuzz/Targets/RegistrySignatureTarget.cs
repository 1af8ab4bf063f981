using Keelson.Oci;
using Keelson.Registry.Signatures;

namespace Keelson.Fuzz.Targets;

/// <summary>Documents that cosign signs, its bundles, envelopes of notation, and files of keys. Nothing of them is trusted without a key, and what was read once is read the same again.</summary>
internal sealed class RegistrySignatureTarget : IFuzzTarget
{
    /// <summary>A point of P-256 whose private key was thrown away.</summary>
    private static readonly TrustedKeys Strange = TrustedKeys.Parse("strange", """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAElWmP+MrudyneT9OLGFn0Q0uILqpx
        FkXK4pG5r8KZLGZcu1k6DA7SR3Rp+az9xh07J+Ot48Eb+RhcXqtU90YBmA==
        -----END PUBLIC KEY-----
        """u8);

    public string Name => "registry-signature";

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        if (SimpleSigning.SubjectOf(bytes) is { } subject)
        {
            byte[] longer = [.. bytes, (byte)' '];
            if (SimpleSigning.SubjectOf(longer) is Digest again && again != subject) throw new InvalidOperationException("a space changes what is signed");
        }
        if (NotationEnvelope.Parse(bytes) is { } envelope)
        {
            _ = envelope.SignerName;
            if (envelope.IsTrusted([], DateTimeOffset.UnixEpoch)) throw new InvalidOperationException("trusted without a root");
        }
        if (SigstoreBundle.Parse(bytes) is { } bundle)
        {
            _ = bundle.SignerName;
            if (bundle.IsSignedBy(Strange, Digest.Of("a"u8))) throw new InvalidOperationException("signed by a key that nobody has");
        }
        try
        {
            TrustedKeys keys = TrustedKeys.Parse("k", bytes);
            if (keys.HaveSigned("a"u8, [1, 2, 3])) throw new InvalidOperationException("three bytes are a signature");
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
        }
    }
}
