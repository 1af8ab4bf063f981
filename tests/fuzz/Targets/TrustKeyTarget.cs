using System.Text;
using Keelson.Notary.Client;

namespace Keelson.Fuzz.Targets;

/// <summary>Files of keys in PEM, as people import them: read, or refused with a reason.</summary>
internal sealed class TrustKeyTarget : IFuzzTarget
{
    public string Name => "trust-key";

    public void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            foreach (PemBlock block in PemBlock.ReadAll(Encoding.UTF8.GetString(input))) _ = PrivateKeyCipher.Decrypt(block.Content, "passphrase");
        }
        catch (KeelsonException)
        {
            // Refused.
        }
    }
}
