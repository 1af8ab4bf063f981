using Keelson.Oci;

namespace Keelson.Fuzz.Targets;

/// <summary>The limits of <c>update --resources</c>.</summary>
internal sealed class ResourcesTarget : IFuzzTarget
{
    public string Name => "resources";

    public void Run(ReadOnlySpan<byte> input)
    {
        LinuxResources resources;
        try
        {
            resources = LinuxResourcesParser.Parse(input);
        }
        catch (OciFormatException)
        {
            return;
        }
        byte[] written = RuntimeSpecWriter.ToUtf8(resources, indented: false);
        Same.Bytes(written, RuntimeSpecWriter.ToUtf8(LinuxResourcesParser.Parse(written), indented: false));
        RuntimeSpecValidator.ValidateResources(resources);
    }
}
