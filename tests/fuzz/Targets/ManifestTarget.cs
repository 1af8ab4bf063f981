using Keelson.Oci;

namespace Keelson.Fuzz.Targets;

/// <summary>Indexes, manifests and configurations: a document is at most one of the first two, and is written and read again without a change.</summary>
internal sealed class ManifestTarget : IFuzzTarget
{
    public string Name => "manifest";

    public void Run(ReadOnlySpan<byte> input)
    {
        bool isIndex = Refusable(input, static text => ImageIndex.Parse(text).ToUtf8(), static text => ImageIndex.Parse(text).ToUtf8());
        bool isManifest = Refusable(input, static text => ImageManifest.Parse(text).ToUtf8(), static text => ImageManifest.Parse(text).ToUtf8());
        if (isIndex && isManifest) throw new InvalidOperationException("both an index and a manifest");
        Refusable(input, static text => ImageConfig.Parse(text).ToUtf8(), static text => ImageConfig.Parse(text).ToUtf8());
    }

    private static bool Refusable(ReadOnlySpan<byte> input, Rewriter read, Rewriter again)
    {
        byte[] written;
        try
        {
            written = read(input);
        }
        catch (KeelsonException)
        {
            return false;
        }
        Same.Bytes(written, again(written));
        return true;
    }

    private delegate byte[] Rewriter(ReadOnlySpan<byte> text);
}
