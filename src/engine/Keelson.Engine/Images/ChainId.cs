using System.Text;
using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Names of unpacked layers on top of one another. image-spec 1.1 config "Layer ChainID".</summary>
public static class ChainId
{
    /// <summary>The chain ID of each layer: what is unpacked when it and all below it are.</summary>
    /// <param name="diffIds">Digests of the layers without compression, the lowest first.</param>
    public static IReadOnlyList<Digest> Of(IReadOnlyList<Digest> diffIds)
    {
        Digest[] chain = new Digest[diffIds.Count];
        for (int i = 0; i < chain.Length; i++) chain[i] = i == 0 ? diffIds[0] : Digest.Of(Encoding.UTF8.GetBytes($"{chain[i - 1]} {diffIds[i]}"));
        return chain;
    }
}
