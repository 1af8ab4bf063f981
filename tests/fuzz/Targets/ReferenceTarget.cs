using System.Text;
using Keelson.Oci;

namespace Keelson.Fuzz.Targets;

/// <summary>Names of images and platforms: both forms of a name that is read mean the same name.</summary>
internal sealed class ReferenceTarget : IFuzzTarget
{
    public string Name => "reference";

    public void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        try
        {
            Platform platform = Platform.Parse(text);
            if (platform != platform.Normalize()) throw new InvalidOperationException($"{platform} is not in normal form");
            if (new PlatformMatcher(platform).Rank(platform) != 0) throw new InvalidOperationException($"{platform} does not run itself");
        }
        catch (KeelsonException)
        {
            // Refused, as it should be.
        }
        if (!ImageReference.TryParse(text, out ImageReference? reference)) return;
        if (ImageReference.Parse(reference!.ToString()) != reference) throw new InvalidOperationException($"{reference} is read as another name");
        if (ImageReference.Parse(reference.Familiar) != reference) throw new InvalidOperationException($"{reference.Familiar} is not {reference}");
    }
}
