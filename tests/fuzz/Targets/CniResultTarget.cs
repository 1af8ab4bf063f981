using Keelson.Cni;

namespace Keelson.Fuzz.Targets;

/// <summary>Results of plug-ins. One that is read is the same when it is written and read again, in each version.</summary>
internal sealed class CniResultTarget : IFuzzTarget
{
    public string Name => "cni-result";

    public void Run(ReadOnlySpan<byte> input)
    {
        CniResult result;
        try
        {
            result = CniResultText.Read(input.ToArray());
        }
        catch (CniException)
        {
            return;
        }
        foreach (string version in CniVersions.Supported)
        {
            byte[] written = CniResultText.Write(result, version);
            Same.Bytes(written, CniResultText.Write(CniResultText.Read(written), version));
        }
    }
}
