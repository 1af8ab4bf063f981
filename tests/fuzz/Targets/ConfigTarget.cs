using Keelson.Oci;

namespace Keelson.Fuzz.Targets;

/// <summary><c>config.json</c>: what is read is checked, and written and read again without a change.</summary>
internal sealed class ConfigTarget : IFuzzTarget
{
    public string Name => "config";

    public void Run(ReadOnlySpan<byte> input)
    {
        RuntimeSpec spec;
        try
        {
            spec = RuntimeSpecParser.Parse(input);
        }
        catch (OciFormatException)
        {
            return;
        }
        byte[] written = RuntimeSpecWriter.ToUtf8(spec, indented: false);
        Same.Bytes(written, RuntimeSpecWriter.ToUtf8(RuntimeSpecParser.Parse(written), indented: false));
        RuntimeSpecValidator.Validate(spec);
    }
}
