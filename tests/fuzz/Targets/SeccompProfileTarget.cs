using Keelson.Oci;

namespace Keelson.Fuzz.Targets;

/// <summary>System call filters, as far as their form goes.</summary>
internal sealed class SeccompProfileTarget : IFuzzTarget
{
    public string Name => "seccomp-profile";

    public void Run(ReadOnlySpan<byte> input)
    {
        SeccompProfile profile;
        try
        {
            profile = SeccompProfileParser.Parse(input);
        }
        catch (OciFormatException)
        {
            return;
        }
        byte[] written = RuntimeSpecWriter.ToUtf8(profile, indented: false);
        Same.Bytes(written, RuntimeSpecWriter.ToUtf8(SeccompProfileParser.Parse(written), indented: false));
        RuntimeSpecValidator.ValidateSeccomp(profile);
    }
}
