using Keelson.Oci;

namespace Keelson.Fuzz.Targets;

/// <summary>The process of <c>exec --process</c>.</summary>
internal sealed class ProcessTarget : IFuzzTarget
{
    public string Name => "process";

    public void Run(ReadOnlySpan<byte> input)
    {
        ProcessSpec process;
        try
        {
            process = ProcessSpecParser.Parse(input);
        }
        catch (OciFormatException)
        {
            return;
        }
        byte[] written = RuntimeSpecWriter.ToUtf8(process, indented: false);
        Same.Bytes(written, RuntimeSpecWriter.ToUtf8(ProcessSpecParser.Parse(written), indented: false));
        RuntimeSpecValidator.ValidateProcess(process);
    }
}
